"""Regressions of speed show as work: what a run does is counted where it is done, and compared exactly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.values import Frame
from lipfx.effects.registry import parse_chain
from lipfx.pipeline import ApplyOptions, Profile, TrackOptions, apply, track
from lipfx.video.source import open_source
from tests.conftest import RunLipfx

FRAMES = 125
SEARCHES = 1 + -(-(FRAMES - 2) // 3)  # the second soon after the first, then every third frame
IN_VAIN = -(-FRAMES // 2)  # while there is no face, every other frame: a twentieth of a second
CONFIRMED = 4  # looks at a new face: two each where the locator and where the detector places its mouth
PIXEL = 3 * 4  # bytes, as networks and effects get it
NETWORK_CROP, REFINER_CROP, LOCATOR_CROP = 40 * 40 * PIXEL, 96 * 96 * PIXEL, 64 * 64 * PIXEL


def work_of(clip: Path, tmp_path: Path, tracks: Path | None = None) -> Counter[str]:
    """What `apply lipstick` counts on a clip."""
    profile = Profile()
    options = ApplyOptions(codec="libx264", preset="ultrafast", overwrite=True, tracks=tracks)
    apply(parse_chain("lipstick"), clip, tmp_path / "out.mp4", options, profile=profile)
    return profile.work.counts


def filtered(clip: Path, filters: str, path: Path) -> Path:
    """The clip's pictures through ffmpeg's filters, without loss or sound."""
    command = ["ffmpeg", "-v", "error", "-i", str(clip), "-an", "-vf", filters, "-c:v", "ffv1", str(path)]
    subprocess.run(command, check=True)
    return path


def without_patches(counts: Counter[str]) -> tuple[dict[str, int], int]:
    """Counts, and apart from them the bytes of patches, which depend on where the lips are."""
    return {k: v for k, v in counts.items() if k != "bytes of patches converted"}, counts[
        "bytes of patches converted"
    ]


def test_one_face(talking: Path, tmp_path: Path) -> None:
    """Every frame goes through each network once; the new face is confirmed by two looks at two places."""
    counts, patches = without_patches(work_of(talking, tmp_path))
    assert counts == {
        "frames decoded": FRAMES,
        "frames written": FRAMES,
        "detections": SEARCHES,
        "locator runs of 1": 1,
        "backbone runs of 1": FRAMES - 1,
        "refiner runs of 1": FRAMES - 1,
        "backbone runs of 2": CONFIRMED // 2,
        "refiner runs of 2": CONFIRMED // 2,
        "bytes of crops converted": LOCATOR_CROP + (FRAMES - 1 + CONFIRMED) * (NETWORK_CROP + REFINER_CROP),
        "patches": FRAMES,
    }
    assert patches < 0.1 * FRAMES * 512 * 512 * PIXEL


def test_two_faces_share_each_run(talking: Path, tmp_path: Path) -> None:
    clip = filtered(talking, "split[a][b];[b]hflip[c];[a][c]hstack", tmp_path / "two.mkv")
    counts, _ = without_patches(work_of(clip, tmp_path))
    assert counts == {
        "frames decoded": FRAMES,
        "frames written": FRAMES,
        "detections": SEARCHES,
        "locator runs of 1": 2,
        "backbone runs of 2": FRAMES - 1 + CONFIRMED,
        "refiner runs of 2": FRAMES - 1 + CONFIRMED,
        "bytes of crops converted": 2
        * (LOCATOR_CROP + (FRAMES - 1 + CONFIRMED) * (NETWORK_CROP + REFINER_CROP)),
        "patches": 2 * FRAMES,
    }


def test_no_face_costs_searches_alone(talking: Path, tmp_path: Path) -> None:
    clip = filtered(talking, "crop=512:100:0:0", tmp_path / "hair.mkv")
    assert work_of(clip, tmp_path) == {
        "frames decoded": FRAMES,
        "frames written": FRAMES,
        "detections": IN_VAIN,
    }


def test_frames_without_faces_pass_straight_through(talking: Path) -> None:
    with open_source(talking) as reader:
        frame: Frame = next(reader)
    planes = frame.planes
    rendered = Compositor(parse_chain("lipstick")).render(frame, ())
    assert all(after is before for after, before in zip(rendered.planes, planes, strict=True))


def test_a_frozen_picture_is_not_looked_at_again(talking: Path, tmp_path: Path) -> None:
    moving = 50
    frozen = f"trim=end_frame={moving},loop=loop={FRAMES - moving}:size=1:start={moving - 1}"
    counts = work_of(filtered(talking, frozen, tmp_path / "frozen.mkv"), tmp_path)
    assert counts["frames written"] == counts["patches"] == FRAMES
    one_look_to_compare_with = 1
    assert (
        counts["refiner runs of 1"] == counts["backbone runs of 1"] == moving - 1 + one_look_to_compare_with
    )


def test_a_picture_without_faces_is_searched_no_longer_than_it_is_new(talking: Path, tmp_path: Path) -> None:
    still = filtered(
        talking, "crop=512:100:0:0,loop=loop=-1:size=1,trim=end_frame=125", tmp_path / "still.mkv"
    )
    once_with_each_effort = 4
    assert work_of(still, tmp_path)["detections"] == once_with_each_effort


def test_tracks_replace_all_analysis(talking: Path, tmp_path: Path) -> None:
    tracks = tmp_path / "talking.jsonl"
    track(talking, tracks, TrackOptions())
    counts, _ = without_patches(work_of(talking, tmp_path, tracks))
    assert counts == {"frames decoded": FRAMES, "frames written": FRAMES, "patches": FRAMES}


def test_profile_tells_stages_waiting_and_memory(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    words = ("apply", "lipstick", talking, tmp_path / "out.mp4", "--end", "0.4", "--overwrite", "--profile")
    told = lipfx(*words, check=True).stderr
    stages = ("analysis", "decode", "networks: refiner", "effects", "encode", "wait: for analysis")
    assert all(any(line.startswith(stage) for line in told.splitlines()) for stage in stages)
    assert "10 frames in " in told

    event = json.loads(lipfx(*words, "--log-json", check=True).stderr.splitlines()[-1])
    assert event["event"] == "profile"
    assert event["frames"] == event["stages"]["encode"]["times"] == 10
    assert set(stages) <= set(event["stages"])
    assert event["memory"] >= 0


@pytest.mark.parametrize(
    ("with_tracks", "unused"),
    [(False, {"torch", "sklearn"}), (True, {"torch", "sklearn", "onnxruntime", "dlib"})],
)
def test_only_what_is_needed_is_imported(
    talking: Path, tmp_path: Path, with_tracks: bool, unused: set[str]
) -> None:
    words = ["apply", "lipstick", str(talking), str(tmp_path / "out.mp4"), "--end", "0.2"]
    if with_tracks:
        track(talking, tmp_path / "talking.jsonl", TrackOptions(end=0.2))
        words += ["--tracks", str(tmp_path / "talking.jsonl")]
    code = f"import sys; from lipfx.cli.main import run; print(run({words!r})); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, modules = done.stdout.splitlines()
    assert status == "0", done.stderr
    assert not unused & set(modules.split())


def test_the_command_starts_no_threads_that_spin() -> None:
    """OpenBLAS's do when NumPy is imported, for as long as all of lipfx's imports take."""
    code = (
        "import contextlib, sys; from lipfx.__main__ import main; sys.argv = ['lipfx', '--version']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "import numpy; from threadpoolctl import threadpool_info as info\n"
        "print(*(pool['num_threads'] for pool in info() if pool['user_api'] == 'blas'))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert set(done.stdout.split()[2:]) == {"1"}
