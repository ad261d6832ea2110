"""`lipfx batch` as people run it: outcomes, reruns, lists, tracks, shards, interruptions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from lipfx.cli import main
from tests.conftest import LIPFX, RunLipfx
from tests.helpers import media, tiny
from tests.helpers.faulty import make_effect
from tests.helpers.waiting import within


def records(folder: Path) -> dict[str, dict[str, Any]]:
    """What `batch.jsonl` says, by output."""
    lines = (folder / "batch.jsonl").read_text().splitlines()
    return {record["output"]: record for record in map(json.loads, lines)}


def outcomes(folder: Path) -> dict[str, str]:
    return {output: record["outcome"] for output, record in records(folder).items()}


def left_over(folder: Path) -> list[str]:
    """Files that are neither outputs nor what a batch keeps."""
    kept = re.compile(
        r"\.lipfx-batch/(records/\w+\.json|thumbnails/\w+-\w+\.jpg|tracks/\w+\.jsonl)|batch\.jsonl"
    )
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    known = {*records(folder), "index.html"}
    return [name for name in files if name not in known and not kept.fullmatch(name)]


@pytest.fixture(scope="module")
def night(talking: Path, lipfx: RunLipfx, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `clips` with two good clips and a bad one, and what became of them in `out`."""
    folder = tmp_path_factory.mktemp("night")
    tiny.make_clips(talking, folder / "clips", 2)
    (folder / "clips" / "bad.mp4").write_text("this is no video")
    done = lipfx("batch", "lipstick", "clips", "--out", "out", "--jobs", 2, "--keep-tracks", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "lipfx: 1 of 3 clips failed" in done.stderr
    assert re.search(r"bad\.mp4 +failed", done.stdout)
    assert "2 done (8 frames), 1 failed" in done.stdout
    return folder


def test_good_clips_are_done_and_a_bad_one_is_told_why(night: Path) -> None:
    found = records(night / "out")
    assert outcomes(night / "out") == {"000.mp4": "done", "001.mp4": "done", "bad.mp4": "failed"}
    assert "is not a video" in found["bad.mp4"]["error"]
    good = found["000.mp4"]
    assert (good["frames"], good["faces"], good["attempts"]) == (tiny.FRAMES, 1, 1)
    assert good["size"] == (night / "clips" / "000.mp4").stat().st_size
    assert len(media.frame_times(night / "out" / "000.mp4")) == tiny.FRAMES
    assert media.packet_hash(night / "out" / "000.mp4", "a") == media.packet_hash(
        night / "clips" / "000.mp4", "a"
    )
    assert left_over(night / "out") == []


def test_page_shows_pictures_and_reasons_and_asks_nothing_of_a_network(night: Path) -> None:
    page = (night / "out" / "index.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 4
    assert "is not a video" in page
    assert 'href="000.mp4"' in page
    assert "http" not in page.replace("data:", "")


def test_rerun_does_nothing_twice_and_failed_ones_when_asked(night: Path, lipfx: RunLipfx) -> None:
    before = {name: (night / "out" / name).stat().st_mtime_ns for name in ("000.mp4", "001.mp4")}
    words = ["batch", "lipstick", "clips", "--out", "out", "--keep-tracks"]
    again = lipfx(*words, cwd=night)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    first = again.stdout.splitlines()[0]
    assert first == "3 clips: 2 done already, 1 failed before; --retry-failed tries again"
    told = lipfx(*words, "--retry-failed", "--dry-run", cwd=night).stdout.splitlines()
    assert sorted(told) == [
        "done already: clips/000.mp4 -> 000.mp4",
        "done already: clips/001.mp4 -> 001.mp4",
        "to be done again: clips/bad.mp4 -> bad.mp4",
    ]
    assert {name: (night / "out" / name).stat().st_mtime_ns for name in before} == before


def test_status_of_a_batch_without_a_list(night: Path, lipfx: RunLipfx) -> None:
    (night / "out" / "batch.jsonl").unlink()
    done = lipfx("batch", "--status", "out", cwd=night)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 done (8 frames), 1 failed" in done.stdout
    assert outcomes(night / "out")["bad.mp4"] == "failed"


def test_another_shade_is_not_begun_unasked_and_then_needs_no_analysis(night: Path, lipfx: RunLipfx) -> None:
    words = ["batch", "lipstick:shade=ruby", "clips/0*.mp4", "--out", "out", "--jobs", 1]
    refused = lipfx(*words, cwd=night)
    assert refused.returncode == 1
    assert (
        "2 left as they were (done before, but clip or settings are others now; --overwrite" in refused.stderr
    )
    # Whoever looks for faces would fail at once with these weights, which are in the hash of an analysis.
    before = media.frame_hashes(night / "out" / "000.mp4")
    done = lipfx(*words, "--overwrite", "--log-json", cwd=night)
    assert done.returncode == 0, done.stderr
    assert media.frame_hashes(night / "out" / "000.mp4") != before
    assert all(records(night / "out")[name]["tracks"] for name in ("000.mp4", "001.mp4"))


def test_tracks_of_another_batch_are_used(night: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    assert lipfx("batch", night / "clips" / "000.mp4", "--do", "track", "--out", faces).returncode == 0
    lines = (faces / "000.jsonl").read_text().splitlines()
    blind = [lines[0], *(re.sub(r'"faces":\[.*\]', '"faces":[]', line) for line in lines[1:])]
    (faces / "000.jsonl").write_text("\n".join(blind) + "\n")
    out = tmp_path / "out"
    clip = night / "clips" / "000.mp4"
    assert lipfx("batch", "lipstick", clip, "--out", out, "--tracks", faces).returncode == 0
    assert records(out)["000.mp4"]["faces"] == 0  # the file's word was taken for it


def test_list_with_a_chain_and_times_for_each_clip(night: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    clips = night / "clips"
    text = f"input,chain,end,output\n{clips}/000.mp4,blur,0.08,x/short.mkv\n{clips}/001.mp4,,,\n"
    (tmp_path / "list.csv").write_text(text)
    out = tmp_path / "out"
    done = lipfx("batch", "mask", "--list", tmp_path / "list.csv", "--out", out, "--log-json")
    assert done.returncode == 0, done.stderr
    found = records(out)
    assert {name: (r["chain"], r["frames"]) for name, r in found.items()} == {
        "x/short.mkv": ("blur", 2),
        "001.mp4": ("mask", tiny.FRAMES),
    }
    events = [json.loads(line) for line in done.stderr.splitlines()]
    states = [event["state"] for event in events if event["event"] == "clip"]
    assert (states.count("began"), states.count("done")) == (2, 2)
    assert events[-1] == {"event": "summary", **events[-1]}
    assert events[-1]["done"] == 2


@pytest.mark.parametrize(
    ("do", "chain", "name"),
    [
        ("masks", [], "000/000003.png"),
        pytest.param("preview", ["blur"], "000.png", marks=pytest.mark.slow),
    ],
)
def test_other_jobs(
    night: Path, lipfx: RunLipfx, tmp_path: Path, do: str, chain: list[str], name: str
) -> None:
    done = lipfx("batch", *chain, night / "clips" / "000.mp4", "--do", do, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).is_file()
    assert left_over(tmp_path) == [] or do == "masks"
    assert len(list((tmp_path / ".lipfx-batch" / "thumbnails").iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["lipstick", "clips"], "--out DIR is missing"),
        (["lipstick", "--out", "new"], "no input is named"),
        (["--out", "new"], "wants a chain"),
        (["lipstik", "clips", "--out", "new"], "'lipstik'"),
        (["lipstick", "clips", "--out", "new", "--shard", "5/4"], "--shard '5/4'"),
        (["lipstick", "clips", "--out", "new", "--set", "colour=red"], "colour"),
        (["clips", "--do", "track", "--out", "new", "--set", "shade=red"], "takes no chain"),
        (
            ["lipstick:shade=ruby", "clips", "--do", "track", "--out", "new"],
            "leave 'lipstick:shade=ruby' out",
        ),
        (["lipstick", "clips", "--out", "clips"], "would replace the input"),
        (["lipstick", "clips", "clips/../clips/000.mp4", "--out", "new"], "would both become"),
        (["lipstick", "clips", "--out", "new", "--tracks", "old"], "--tracks old is no folder"),
        (["lipstick", "clips", "--out", "new", "--tracks", "clips"], "--tracks clips holds no batch"),
        (["clips", "--do", "masks", "--out", "new", "--per-person"], "--per-person wants to know who"),
        (["--status", "new", "clips"], "--status takes neither"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    night: Path,
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(night)
    assert main.run(["batch", *words]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (night / "new").exists()


def test_a_foreign_file_is_not_replaced_unasked(night: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    (tmp_path / "000.mp4").write_text("mine")
    words = ["batch", "blur", night / "clips" / "000.mp4", "--out", tmp_path]
    refused = lipfx(*words)
    assert (refused.returncode, (tmp_path / "000.mp4").read_text()) == (1, "mine")
    assert "the output exists already; --overwrite" in refused.stderr
    assert lipfx(*words, "--overwrite").returncode == 0
    assert outcomes(tmp_path) == {"000.mp4": "done"}


def test_faults_cost_their_own_clips_alone(night: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    effect, clip = make_effect(tmp_path), night / "clips" / "000.mp4"
    faults = ["die", "die-once", "eat", "raise", "exit"]
    rows = [
        {"input": str(clip), "output": f"{how}.mp4", "chain": f"{effect}:how={how},mark={how}"}
        for how in faults
    ]
    rows += [{"input": str(clip), "output": f"good-{number}.mp4"} for number in range(3)]
    (tmp_path / "list").write_text("\n".join(map(json.dumps, rows)))
    out = tmp_path / "out"
    limits = ["--jobs", 2, "--memory-limit", 4]
    done = lipfx("batch", "lipstick", "--list", tmp_path / "list", "--out", out, *limits, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    found = records(out)
    bad = {name: (r["error_kind"], r["attempts"]) for name, r in found.items() if r["outcome"] == "failed"}
    assert bad == {
        "die.mp4": ("WorkerLost", 2),
        "eat.mp4": ("EffectError", 1),
        "raise.mp4": ("EffectError", 1),
        "exit.mp4": ("EffectError", 1),
    }
    assert "SIGKILL" in found["die.mp4"]["error"]
    assert found["die-once.mp4"]["attempts"] == 2
    assert left_over(out) == []


def test_a_worker_that_stands_still_is_ended_at_the_time_limit(
    night: Path, lipfx: RunLipfx, tmp_path: Path
) -> None:
    words = ["batch", f"{make_effect(tmp_path)}:how=stop", night / "clips" / "000.mp4", "--time-limit", 3]
    assert lipfx(*words, "--out", tmp_path / "out", cwd=tmp_path).returncode == 1
    (record,) = records(tmp_path / "out").values()
    assert (record["error_kind"], record["attempts"]) == ("TimeLimit", 1)
    assert "--time-limit" in record["error"]
    assert left_over(tmp_path / "out") == []


def _begun(folder: Path, *words: object) -> subprocess.Popen[str]:
    command = [*LIPFX, "batch", *map(str, words), "--out", str(folder / "out")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("twice", [False, True])
def test_ctrl_c_finishes_what_is_in_flight_and_again_drops_it(
    night: Path, tmp_path: Path, twice: bool
) -> None:
    effect, mark = make_effect(tmp_path), tmp_path / "mark"
    chain = f"{effect}:how=wait,mark={mark}"
    with _begun(
        tmp_path, chain, night / "clips" / "000.mp4", night / "clips" / "001.mp4", "--jobs", 1
    ) as run:
        assert within(60, mark.exists)
        run.send_signal(signal.SIGINT)
        assert run.stderr is not None
        assert "finishing the clips in flight" in run.stderr.readline()
        if twice:
            run.send_signal(signal.SIGINT)
        else:
            while run.poll() is None:  # the effect waits again at each frame
                mark.unlink(missing_ok=True)
                time.sleep(0.01)
        assert run.wait(60) == 130
        words = run.stderr.read()
    assert ("dropped" in words) == twice
    assert outcomes(tmp_path / "out") == {"000.mp4": "started" if twice else "done"}
    assert (tmp_path / "out" / "000.mp4").exists() != twice
    assert left_over(tmp_path / "out") == []
    assert within(5, lambda: not _children_of(run.pid))


def test_killed_outright_leaves_no_process_and_the_next_run_nothing(
    night: Path, lipfx: RunLipfx, tmp_path: Path
) -> None:
    effect, mark = make_effect(tmp_path), tmp_path / "mark"
    words = [f"{effect}:how=wait,mark={mark}", night / "clips" / "000.mp4"]
    with _begun(tmp_path, *words) as run:
        assert within(60, mark.exists)
        workers = _children_of(run.pid)
        run.kill()
    assert workers
    assert within(5, lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert not (tmp_path / "out" / "000.mp4").exists()
    mark.unlink()
    done = lipfx("batch", "lipstick", night / "clips" / "000.mp4", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert outcomes(tmp_path / "out") == {"000.mp4": "done"}
    assert left_over(tmp_path / "out") == []


def _children_of(pid: int) -> list[str]:
    """The processes that a process has started and that run."""
    if os.name != "posix" or not Path("/proc").is_dir():
        pytest.skip("/proc is not there")
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [word for path in tasks for word in path.read_text().split()]
