"""Owns the attack as a command; must not know cases. See `tests.attack`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.attack import judge, kills, material, runner
from tests.attack.cases import Drawer
from tests.attack.mutators import Rng

KEPT = Path("out/attack")


def main() -> int:
    """Runs the attack; 1 where anything was wrong, whose folders are kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="cases at the same time")
    parser.add_argument("--only", type=int, help="this case alone, whose folder is kept")
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it, and so would all that is started here
    runner.warm()
    with tempfile.TemporaryDirectory(prefix="attack-") as scratch:
        whole = material.made(_made(Path(scratch) / "whole"))
        if given.only is not None:
            results = [_case(given.seed, given.only, whole, Path(scratch), keep=True)]
        else:
            results = list(_all(given, whole, Path(scratch)))
    return _told(results)


def _all(given: argparse.Namespace, whole: material.Material, scratch: Path) -> Iterator[dict[str, Any]]:
    """Every case and kill, by `jobs` processes that were forked before anything ran."""
    log, workers = scratch / "results", []
    for job in range(given.jobs):
        pid = os.fork()
        if pid:
            workers.append(pid)
            continue
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, lambda *_: None)  # what is ignored would be in runs, too
        status = 1
        try:
            with log.open("a") as file:
                for result in _part(given, whole, scratch, job):
                    file.write(json.dumps(result) + "\n")
                    file.flush()
            status = 0
        finally:
            os._exit(status)
    try:
        ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
        assert not any(ended), ended
    except KeyboardInterrupt:  # what was found so far is told
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
    yield from map(json.loads, log.read_text().splitlines())


def _part(
    given: argparse.Namespace, whole: material.Material, scratch: Path, job: int
) -> Iterator[dict[str, Any]]:
    for number in range(job, given.cases, given.jobs):
        yield _case(given.seed, number, whole, scratch)
    seconds = _usual(whole, scratch / f"usual{job}") if given.kills else 0.0
    for number in range(job, given.kills, given.jobs):
        yield _kill(given.seed, number, whole, scratch, seconds)


def _case(
    seed: int, number: int, whole: material.Material, scratch: Path, keep: bool = False
) -> dict[str, Any]:
    folder = _made(scratch / f"case-{seed}-{number}")
    case = Drawer(whole, _rng(seed, number, 0), folder).draw()
    outcome = runner.run(case, folder)
    wrong = judge.faults(case, outcome, folder)
    result = {
        "case": f"{seed}-{number}",
        "kind": case.kind,
        "how": case.how,
        "status": outcome.status,
        "warned": b"warning" in outcome.said,
        "seconds": round(outcome.seconds, 2),
        "megabytes": outcome.peak >> 20,
        "faults": wrong,
        "command": shlex.join(case.words).encode("utf-8", "replace").decode(),
    }
    _put_away(folder, result, keep=keep or bool(wrong))
    return result


def _kill(seed: int, number: int, whole: material.Material, scratch: Path, seconds: float) -> dict[str, Any]:
    folder = _made(scratch / f"kill-{seed}-{number}")
    kill = kills.draw(whole, _rng(seed, number, 1), seconds)
    wrong, met = kills.faults(kill, folder)
    result = {
        "case": f"kill {seed}-{number}",
        "kind": f"kill {kill.number.name}",
        "how": kill.words[0],
        "status": "met a run" if met else "came after the end",
        "after": round(kill.after, 2),
        "faults": wrong,
        "command": shlex.join(kill.words) + (" (again, --overwrite)" if kill.again else ""),
    }
    _put_away(folder, result, keep=bool(wrong))
    return result


def _put_away(folder: Path, result: dict[str, Any], *, keep: bool) -> None:
    if keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        kept = KEPT / folder.name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, symlinks=True)
        (kept / "result.json").write_text(json.dumps(result, indent=1))
        sys.stdout.write(
            f"{result['case']}: {result['kind']}, {result['how']}: {'; '.join(result['faults'])}\n"
        )
        sys.stdout.write(f"    lipfx {result['command'][:300]}\n")
        sys.stdout.flush()
    shutil.rmtree(folder)


def _usual(whole: material.Material, folder: Path) -> float:
    """Seconds that a run takes here."""
    _made(folder)
    command = [
        sys.executable,
        "-m",
        "lipfx",
        "apply",
        "lipstick",
        str(whole.clips[".mp4"]),
        str(folder / "o.mp4"),
    ]
    before = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - before


def _told(results: list[dict[str, Any]]) -> int:
    """Prints counts by kind."""
    lines = []
    for group in sorted({result["kind"].split()[0] for result in results}):
        some = [result for result in results if result["kind"].split()[0] == group]
        counts = Counter(
            f"{result['status']}{' warned' if result.get('warned') and result['status'] == 0 else ''}"
            for result in some
        )
        told = ", ".join(f"status {status}: {count}" for status, count in sorted(counts.items()))
        lines.append(f"{group}: {len(some)} ({told}), wrong: {sum(bool(r['faults']) for r in some)}")
    wrong = sum(bool(result["faults"]) for result in results)
    slowest = max((result.get("seconds", 0.0) for result in results), default=0.0)
    largest = max((result.get("megabytes", 0) for result in results), default=0)
    lines.append(f"{len(results)} in all, wrong: {wrong}; the slowest {slowest} s, the largest {largest} MB")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(wrong))


def _rng(seed: int, number: int, which: int) -> Rng:
    return np.random.default_rng([seed, number, which])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
