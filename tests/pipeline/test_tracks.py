"""Owns the promises of the tracks file: nothing is lost in it, and one that does not belong is refused."""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core.values import Face, Frame, FrameFaces, MouthMap, PixelFormat
from lipfx.errors import OutputError, TracksError
from lipfx.persons.look import LENGTH
from lipfx.pipeline.tracks import TracksWriter, read_tracks
from lipfx.video.clip import Clip
from lipfx.video.source import open_source
from tests.helpers.mouths import face_at, flat_frame

# What a PNG of 18000x18000 begins with; a gigabyte would be spent on it.
HUGE = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 18000, 18000) + b"\x08\x02\0\0\0"
).decode()
GREY = PixelFormat("gray", 8, grey=True)


@pytest.fixture
def clip(talking: Path) -> Clip:
    return open_source(talking).clip


def frames(count: int = 5, first: int = 0, tick: Fraction = Fraction(1, 25)) -> list[Frame]:
    blank = flat_frame(GREY, (0,), width=16, height=16)
    return [replace(blank, index=i, pts=i, time_base=tick) for i in range(first, first + count)]


def face(index: int) -> Face:
    rng = np.random.default_rng(index)
    classes = rng.integers(0, 256, (3, 96, 96)).astype(np.uint8)
    mouth = MouthMap(classes, rng.normal(0, 100, (2, 3)))
    seen = face_at((100 + index, 120), turn=0.1, confidence=0.123, track_id=2, mouth=mouth)
    look = rng.integers(-127, 128, LENGTH).astype(np.int8) if index % 2 else None
    return replace(seen, points=np.round(seen.points, 3), box=np.round(seen.box, 2), head=index, look=look)


def write(path: Path, clip: Clip, shown: Sequence[Frame]) -> list[FrameFaces]:
    """A tracks file whose first frame has no face."""
    told = [FrameFaces(f.index, f.time, (face(f.index),) if f.index else ()) for f in shown]
    with TracksWriter(path, clip) as writer:
        for frame, faces in zip(shown, told, strict=True):
            writer.write(frame, faces, "talking.mp4")
    return told


def read(path: Path, clip: Clip, shown: Sequence[Frame]) -> list[FrameFaces]:
    return [faces for _, faces in read_tracks(path, clip).join(shown)]


def test_what_was_written_is_read_to_the_last_digit(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    told = write(path, clip, frames())
    for before, after in zip(told, read(path, clip, frames()), strict=True):
        assert (before.index, before.time, len(before.faces)) == (after.index, after.time, len(after.faces))
        for a, b in zip(before.faces, after.faces, strict=True):
            assert (a.track_id, a.confidence, a.head) == (b.track_id, b.confidence, b.head)
            assert np.array_equal(a.box, b.box)
            assert np.array_equal(a.points, b.points)
            assert a.mouth is not None
            assert b.mouth is not None
            assert np.array_equal(a.mouth.classes, b.mouth.classes)
            assert np.array_equal(a.mouth.to_frame, b.mouth.to_frame)
            assert (a.look is None) == (b.look is None)
            assert a.look is None or np.array_equal(a.look, np.asarray(b.look))


def test_points_that_were_moved_by_hand_count(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    told = write(path, clip, frames())
    head, *lines = path.read_text().splitlines()
    second, third = json.loads(lines[1]), json.loads(lines[2])
    second["faces"][0]["points"][3][1] += 2.5
    third["faces"] = []
    lines[1:3] = [json.dumps(second), json.dumps(third)]
    path.write_text("\n".join([head, *lines]) + "\n")
    seen = read(path, clip, frames())
    (moved,), (before,), (kept,) = seen[1].faces, told[1].faces, seen[3].faces
    assert moved.mouth is None  # what the network saw is of the points as they were
    assert (moved.points - before.points)[3].tolist() == [0, 2.5]
    assert kept.mouth is not None
    assert seen[2].faces == ()


def test_the_file_is_what_the_interface_promises(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    write(path, clip, frames())
    header, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert header["format"] == "lipfx-track"
    assert (header["version"], header["source"], header["landmarks"]) == (1, "talking.mp4", "helen-56")
    assert (header["width"], header["height"], header["frame_rate"]) == (512, 512, "25/1")
    assert header["frames"] == 5
    assert [line["index"] for line in lines] == list(range(5))
    assert lines[0]["faces"] == []
    seen = lines[1]["faces"][0]
    assert len(seen["points"]) == 56
    assert {"track_id", "box", "confidence", "head", "points"} <= set(seen)


def test_part_of_a_clip_finds_its_lines(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    told = write(path, clip, frames(8))
    assert [f.index for f in read(path, clip, frames(3, first=4))] == [f.index for f in told[4:7]]


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path, clip: Clip) -> None:
    unwritable = FrameFaces(
        0, 0.0, (replace(face(1), mouth=MouthMap(np.zeros((3, 0, 0), np.uint8), np.eye(2, 3))),)
    )
    with pytest.raises(cv2.error), TracksWriter(tmp_path / "t.jsonl", clip) as writer:
        writer.write(frames(1)[0], unwritable, "talking.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"), TracksWriter(path, clip):
        pass
    assert path.read_text() == "mine"


def refused(path: Path, clip: Clip, shown: Sequence[Frame]) -> str:
    with pytest.raises(TracksError) as raised:
        read(path, clip, shown)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_another_clips_file_is_refused(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    write(path, clip, frames())
    assert "another clip" in refused(path, replace(clip, width=640), frames())
    assert "another clip" in refused(path, replace(clip, duration=clip.duration + 2), frames())
    assert "another clip" in refused(path, clip, frames(tick=Fraction(1, 24)))
    assert "lacks frame 5" in refused(path, clip, frames(6))


def changed(path: Path, line: int, key: str, value: object) -> None:
    lines = path.read_text().splitlines()
    record = json.loads(lines[line])
    target = record if line == 0 else record["faces"][0]
    target[key] = value
    lines[line] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("line", "key", "value", "word"),
    [
        (0, "format", "other", "other version 1"),
        (0, "version", 2, "version 2"),
        (0, "landmarks", "ibug-68", "ibug-68"),
        (0, "times", "0" * 64, "damaged"),
        (2, "points", [[1, 2]] * 55, "line 3"),
        (2, "box", None, "line 3"),
        (2, "confidence", 7, "line 3"),
        (2, "mouth", {"to_frame": [1, 0, 0, 0, 1, 0], "png": "AAAA"}, "PNG"),
        (2, "mouth", {"to_frame": [1, 0, 0, 0, 1, 0], "png": "ä"}, "base64"),
        (2, "mouth", {"to_frame": [1, 0, 0, 0, 1, 0], "png": HUGE}, "18000x18000 pixels"),
        (2, "mouth", {"to_frame": [1, 0, 1e308, 0, 1, 0], "png": ""}, "lies nowhere"),
        (2, "mouth", {"to_frame": [0, 0, 0, 0, 0, 0], "png": ""}, "lies nowhere"),
        (2, "points", [[1e308, 0]] * 56, "at 1e+308 pixels"),
        (2, "box", [0, 0, 1e18, 1e18], "at 1e+18 pixels"),
        (2, "track_id", 10**30, "line 3"),
        (2, "look", "ä", "look is no base64"),
        (2, "look", "AAAA", "look has 3 numbers"),
    ],
)
def test_a_damaged_file_is_refused(
    tmp_path: Path, clip: Clip, line: int, key: str, value: object, word: str
) -> None:
    path = tmp_path / "t.jsonl"
    write(path, clip, frames())
    changed(path, line, key, value)
    assert word in refused(path, clip, frames(6 if key == "times" else 5))


def test_files_that_are_no_tracks_are_refused(tmp_path: Path, clip: Clip, talking: Path) -> None:
    for name, content in (("empty", b""), ("text", b"hello\n"), ("binary", bytes(range(256)))):
        path = tmp_path / name
        path.write_bytes(content)
        assert "no tracks file" in refused(path, clip, frames())
    assert "no tracks file" in refused(talking, clip, frames())
    (tmp_path / "deep").write_text("[" * 100_000)
    assert "no tracks file" in refused(tmp_path / "deep", clip, frames())
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe or a device" in refused(tmp_path / "pipe", clip, frames())
    assert "cannot be read" in refused(tmp_path / "none", clip, frames())


def test_a_truncated_file_is_refused(tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "t.jsonl"
    write(path, clip, frames())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 3000])
    assert "damaged" in refused(path, clip, frames())
