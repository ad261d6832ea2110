"""Owns ending runs by signals at moments of chance, and what has to be true then; must not know lipfx."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.attack.judge import LIST, held
from tests.attack.material import FRAMES, Material
from tests.attack.mutators import Rng
from tests.attack.runner import END, environment, left_over

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
ANSWER = 20.0
"""Seconds in which a run has to end: a busy machine is part of it."""
ALONE = 20.0
"""Seconds in which what a killed run had started ends by itself: a worker may still be importing."""

DONE = re.compile(r"o[^\n]*: \d+ frames?, [^\n]* real time\n")
"""What a run says when all is done: a signal may end it from then on."""
PATIENCE = 30.0
"""Seconds in which a process has to answer signals; what comes before is Python's own start."""


@dataclass(frozen=True)
class Kill:
    """words: a command that writes, after `lipfx`. number: what ends it, `after` seconds."""

    words: tuple[str, ...]
    number: signal.Signals
    after: float
    again: bool
    """An output of an earlier run is there, and --overwrite is given."""


def draw(material: Material, rng: Rng, seconds: float) -> Kill:
    """A command that writes, and when it is ended: within `seconds`, what a run takes here."""
    clip, picture = str(material.clips[".mp4"]), str(material.pictures[".png"])
    commands: tuple[tuple[str, ...], ...] = (
        ("apply", "lipstick", clip, "o.mp4"),
        ("apply", "lipstick", clip, "o.mkv", "--faces", "largest"),
        ("apply", "mask", clip, "o-%04d.png"),
        ("apply", "lipstick", picture, "o.png"),
        ("masks", clip, "o"),
        ("masks", clip, "o", "--per-face"),
        ("track", clip, "o.jsonl"),
        ("preview", "lipstick", clip, "o.png"),
        ("preview", "lipstick", clip, "o.mp4"),
        ("batch", "lipstick", clip, "--out", "o", "--jobs", "1"),
        ("effects", "new", "glow", "--out", "o"),
    )
    words = commands[int(rng.integers(len(commands)))]
    again = bool(rng.random() < 0.4) and words[0] not in ("batch", "effects")
    number = SIGNALS[int(rng.integers(len(SIGNALS)))]
    return Kill(words, number, float(rng.uniform(0, seconds)), again)


def faults(kill: Kill, folder: Path) -> tuple[list[str], bool]:
    """What is wrong after it, and whether the signal met a run at all."""
    out = folder / "out"
    for path in (out, folder / "tmp", folder / "home"):
        path.mkdir(parents=True)
    if kill.again and _run(kill.words, folder).returncode:
        return ["the run before failed"], False
    words = (*kill.words, "--overwrite") if kill.again else kill.words
    mark = uuid.uuid4().hex
    with (folder / "stderr").open("wb") as said:
        command = [sys.executable, "-m", "lipfx", *words]
        process = subprocess.Popen(
            command,
            cwd=out,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment(folder, mark, None),
        )
    _until_it_answers(process)
    time.sleep(kill.after)
    met = process.poll() is None
    process.send_signal(kill.number)
    try:
        status = process.wait(ANSWER)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return [f"hang: no end {ANSWER:.0f} s after {kill.number.name}"], met
    return [*_wrong(kill, status, folder, mark)], met


def _until_it_answers(process: subprocess.Popen[bytes]) -> None:
    """Waits until a process handles SIGTERM, which Python itself does not, or has ended."""
    answers = 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            told = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:  # it has ended, or the system does not tell
            return
        if int(re.findall(r"^SigCgt:\s*(\w+)", told, re.MULTILINE)[0], 16) & answers:
            return
        time.sleep(0.002)


def _wrong(kill: Kill, status: int, folder: Path, mark: str) -> Iterator[str]:
    said = (folder / "stderr").read_text(errors="replace")
    if status not in (0, 130, -kill.number):
        yield f"status {status}"
    if "Traceback" in said or "internal error" in said:
        yield "internal error or traceback"
    hard = kill.number is signal.SIGKILL
    for command in left_over(mark, ALONE if hard else END):
        yield f"orphan: {command[:200]}"
    yield from _broken(kill, folder / "out")
    if not hard:
        yield from _scratch(folder)
        if status == -kill.number and said and not DONE.fullmatch(said):
            yield "words, and an end by the signal itself"
    elif kill.words[0] != "effects":
        again = _run((*kill.words, *(() if kill.words[0] == "batch" else ("--overwrite",))), folder)
        if again.returncode:
            yield f"the next run fails: {again.stderr[-200:].decode(errors='replace')!r}"
        yield from _scratch(folder)
        yield from _broken(kill, folder / "out", must=True)


def _run(words: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "lipfx", *words]
    given = environment(folder, "none", None)
    return subprocess.run(
        command, cwd=folder / "out", env=given, capture_output=True, check=False, timeout=120
    )


def _scratch(folder: Path) -> Iterator[str]:
    """What nobody will remove."""
    for place in ("tmp", "home", "out"):
        for path in (folder / place).rglob("*"):
            name = str(path.relative_to(folder))
            kept = LIST.fullmatch(path.name) or ".lipfx-batch" in name
            if place != "out" or (".lipfx-" in name and not kept):
                yield f"left: {path.relative_to(folder)}"


def _broken(kill: Kill, out: Path, *, must: bool = False) -> Iterator[str]:
    """Outputs that are there and not whole; none at all where there has to be one."""
    found = {path.name: path for path in out.iterdir() if not path.name.startswith(".")}
    if must and not found:
        yield "the next run left no output"
    for name in ("o.mp4", "o.mkv"):
        if name in found and not held(found[name]).frames >= (1 if kill.words[0] == "preview" else FRAMES):
            yield f"half-written: {name}"
    if "o.jsonl" in found and len(found["o.jsonl"].read_text().splitlines()) != FRAMES + 1:
        yield "half-written: o.jsonl"
    pictures = [name for name in found if name.startswith("o-")]
    if pictures and len(pictures) != FRAMES:
        yield f"half-written: {len(pictures)} pictures of {FRAMES}"
    if kill.words[0] == "masks" and "o" in found:
        rows = (found["o"] / "frames.csv").exists() and len(
            (found["o"] / "frames.csv").read_text().splitlines()
        )
        if rows != FRAMES + 1:
            yield f"half-written: frames.csv has {rows} lines"
    if (
        kill.words[0] == "effects"
        and "o" in found
        and not (found["o"] / "lipfx-glow" / "pyproject.toml").exists()
    ):
        made = sorted(str(path.relative_to(out)) for path in found["o"].rglob("*"))
        if made:
            yield f"half-written: {made}"
