"""Owns what is right of a run, whatever it was given; must not know how it was damaged."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.attack.cases import READ, Case
from tests.attack.runner import SECONDS, Outcome

MEMORY = 2_500_000_000
LAST_LINE = re.compile(r"[^\n]+: \d+ frames?, \d+ faces?(, \d+ doubtful stretch(es)?)?, \d+\.\d s(, .+)?")
OURS = re.compile(r"lipfx: .")
FACES = re.compile(r"no face|no lips|faces? (was|were|is|are) ")
LIST = re.compile(r"\.lipfx-.+\.list")
"""What tells the next run with --overwrite which files are lipfx's; it stays."""
SUSPECT = ".suspect."
TICK = re.compile(r"#tb (\d+): (\d+)/(\d+)")
MEDIUM = re.compile(r"#media_type (\d+): (\w+)")
SLACK = 0.1
"""Seconds of sound that an encoder's frames may be off."""


@dataclass(frozen=True)
class Held:
    """Frames, and seconds of the longest sound, that ffmpeg decodes."""

    frames: int = 0
    sound: float = 0.0


def faults(case: Case, outcome: Outcome, folder: Path) -> list[str]:
    """What is wrong, in words; none where all is as it should be."""
    return [
        *_ended(outcome),
        *_words(case, outcome),
        *_left(outcome, folder),
        *_promised(case, outcome, folder),
    ]


def _ended(outcome: Outcome) -> Iterator[str]:
    if outcome.status is None:
        yield f"hang: over {SECONDS:.0f} s"
    elif outcome.status not in (0, 1, 2):
        yield f"status {outcome.status}"
    if outcome.peak > MEMORY:
        yield f"memory: {outcome.peak >> 20} MB"
    for command in outcome.left:
        yield f"orphan: {command[:200]}"


def _words(case: Case, outcome: Outcome) -> Iterator[str]:
    said = outcome.said.decode("utf-8", "replace")
    if "internal error" in said or "Traceback" in said:
        yield "internal error or traceback"
    lines = said.split("\n")[:-1] if said.endswith("\n") else said.split("\n") if said else []
    if "--log-json" in case.words and outcome.status != 2:
        yield from _events(lines, outcome.status)
        return
    for line in lines if case.words[0] != READ else ():  # training is no command of lipfx's
        ours = OURS.match(line) or LAST_LINE.fullmatch(line)
        event = line.startswith('{"event": ')  # --log-json, and wrong usage
        if not line.isprintable() or not (ours or event):
            yield f"stray line: {line[:200]!r}"
    errors = [line for line in lines if OURS.match(line) and not line.startswith("lipfx: warning: ")]
    if (
        outcome.status in (1, 2)
        and "--log-json" not in case.words
        and (len(errors) != 1 or lines[-1:] != errors)
    ):
        yield f"{len(errors)} lines of error, wanted one, the last"
    if outcome.status == 0 and errors:
        yield "an error with status 0"


def _events(lines: list[str], status: int | None) -> Iterator[str]:
    kinds = []
    for line in lines:
        try:
            kinds.append(json.loads(line)["event"])
        except (ValueError, TypeError, KeyError):
            yield f"no event: {line[:200]!r}"
    if status == 1 and kinds.count("error") != 1:
        yield f"{kinds.count('error')} events of error, wanted one"


def _left(outcome: Outcome, folder: Path) -> Iterator[str]:
    for place in ("tmp", "home"):
        for path in (folder / place).rglob("*"):
            yield f"left: {path.relative_to(folder)}"
    for path in (folder / "out").rglob("*"):
        name = str(path.relative_to(folder / "out"))
        if name == "lipfx-presets.toml" or (outcome.status == 0 and LIST.fullmatch(path.name)):
            continue
        if ".lipfx-" in name or "/." in f"/{name}":
            yield f"left: out/{name}"
        elif outcome.status and SUSPECT not in path.name:
            yield f"half-written: out/{name} with status {outcome.status}"


def _promised(case: Case, outcome: Outcome, folder: Path) -> Iterator[str]:
    """A run that went well and warned of nothing has all that its source has."""
    if outcome.status or case.source is None or _warned(outcome):
        return
    wanted, found = held(case.source), _came(case, folder / "out")
    if found is None:
        yield "status 0 without an output"
    elif found.frames < max(wanted.frames, case.whole):
        yield f"silently short: {found.frames} frames of {max(wanted.frames, case.whole)}"
    elif case.words[0] == "apply" and found.sound < wanted.sound - SLACK:
        yield f"silently short: {found.sound:.2f} s of sound of {wanted.sound:.2f}"


def _warned(outcome: Outcome) -> bool:
    """Whether there was a word of what is missing; that there is no face says nothing of frames."""
    lines = outcome.said.decode("utf-8", "replace").splitlines()
    return any("warning" in line and not FACES.search(line) for line in lines)


def _came(case: Case, out: Path) -> Held | None:
    """What came of it, None where nothing did."""
    if case.words[0] == "masks":
        names = list(out.rglob("*.png"))
        return Held(len(names)) if names else None
    if case.words[0] == "track":
        return (
            Held(len((out / "o.jsonl").read_text().splitlines()) - 1) if (out / "o.jsonl").exists() else None
        )
    if case.words[0] == "preview":
        return Held(1 << 30) if (out / "o.png").exists() else None
    path = out / case.words[3]
    return held(path) if path.exists() else None


def held(path: Path) -> Held:
    """What ffmpeg decodes of a file."""
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", f"file:{path}"]
    command += ["-map", "0:V:0", "-map", "0:a?", "-fps_mode", "passthrough", "-f", "framecrc", "-"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return Held()
    text = done.stdout.decode("utf-8", "replace")
    ticks = {m[1]: Fraction(int(m[2]), int(m[3])) for m in TICK.finditer(text)}
    kinds = {m[1]: m[2] for m in MEDIUM.finditer(text)}
    frames, sound = 0, dict.fromkeys(kinds, 0.0)
    for line in text.splitlines():
        if line.startswith("#") or line.count(",") < 5:
            continue
        stream, _, _, duration, *_ = (part.strip() for part in line.split(","))
        if kinds.get(stream) == "video":
            frames += 1
        else:
            sound[stream] = sound.get(stream, 0.0) + float(int(duration) * ticks[stream])
    return Held(frames, max([0.0, *sound.values()]))
