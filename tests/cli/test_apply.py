"""`lipfx apply`, `masks` and `track` as a user runs them, on the sample clip and variants of it."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import LIPFX, Keep, RunLipfx, Variant, odd
from tests.helpers import portrait

Picture = NDArray[Any]

SHADE = np.array([176.0, 16.0, 48.0])
FRAMES = (2, 11, 40, 60, 102, 120)

PAINT = '''
from typing import ClassVar
import numpy as np
from lipfx.effects import Effect, Region

class Paint(Effect):
    """Paints everything it may in one colour."""
    region: ClassVar[Region] = Region.AROUND

    def render(self, patch):
        return np.zeros_like(patch.rgb)
'''


def pictures(path: Path) -> list[Picture]:
    """The clip's frames, (h, w, 3) uint8 RGB each."""
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def planes(path: Path) -> list[Picture]:
    """The clip's frames as stored, planes below each other."""
    with av.open(str(path)) as clip:
        return [frame.to_ndarray() for frame in clip.decode(video=0)]


def frame_times(path: Path) -> list[float]:
    with av.open(str(path)) as clip:
        return [frame.time for frame in clip.decode(video=0) if frame.time is not None]


def audio_packets(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as clip:
        stream = clip.streams.audio[0]
        return [
            (round(float(packet.pts * packet.time_base), 3), bytes(packet))
            for packet in clip.demux(stream)
            if packet.pts is not None and packet.time_base is not None
        ]


@pytest.fixture(scope="module")
def lipstick(lipfx: RunLipfx, talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with lipstick of colour SHADE."""
    output = tmp_path_factory.mktemp("lipstick") / "out.mp4"
    done = lipfx("apply", "lipstick:shade=#b01030", talking, output)
    assert (done.returncode, done.stdout, odd(done)) == (0, "", "")
    return output


@pytest.mark.parametrize("index", FRAMES)
def test_lips_take_the_shade_and_skin_and_teeth_do_not(
    talking: Path, lipstick: Path, index: int, keep: Keep
) -> None:
    before, after = pictures(talking)[index], pictures(lipstick)[index]
    keep("before-and-after", np.hstack([before, after]))
    for name in ("upper lip", "lower lip"):
        where = portrait.part(name, index)
        far = np.linalg.norm(portrait.mean_colour(before, where) - SHADE)
        near = np.linalg.norm(portrait.mean_colour(after, where) - SHADE)
        assert near < 0.75 * far, name
    for name in ("cheek", "chin", "teeth"):
        where = portrait.part(name, index)
        if where.sum() > 60:
            change = portrait.mean_colour(after, where) - portrait.mean_colour(before, where)
            assert np.abs(change).max() < (12 if name == "teeth" else 1.5), name


def test_result_keeps_frames_times_and_sound(talking: Path, lipstick: Path) -> None:
    assert frame_times(lipstick) == frame_times(talking)
    assert audio_packets(lipstick) == audio_packets(talking)
    with av.open(str(talking)) as before, av.open(str(lipstick)) as after:
        assert after.streams.video[0].average_rate == before.streams.video[0].average_rate
        assert before.duration is not None
        assert after.duration == pytest.approx(before.duration, abs=25_000)  # microseconds


def test_only_the_box_around_a_mouth_changes(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, keep: Keep
) -> None:
    effect, output, tracks = tmp_path / "paint.py", tmp_path / "out.mkv", tmp_path / "tracks.jsonl"
    effect.write_text(PAINT)
    assert lipfx("apply", effect, talking, output, "--codec", "ffv1", "--end", "1").returncode == 0
    assert lipfx("track", talking, tracks, "--end", "1").returncode == 0
    lines = [json.loads(line) for line in tracks.read_text().splitlines()[1:]]
    before, after = planes(talking)[: len(lines)], planes(output)
    assert len(after) == len(lines) == 25
    for line, old, new in zip(lines, before, after, strict=True):
        luma = (old != new)[:512]
        keep("changed", luma.astype(np.uint8) * 255)
        points = np.array(line["faces"][0]["points"])
        width = np.ptp(points[:, 0])
        rows, columns = np.nonzero(luma)
        assert len(rows) > 0.2 * width**2
        x0, y0 = points.min(axis=0) - width
        x1, y1 = points.max(axis=0) + width
        assert columns.min() >= x0
        assert columns.max() <= x1
        assert rows.min() >= y0
        assert rows.max() <= y1
        chroma_rows, chroma_columns = np.nonzero((old != new)[512:].reshape(2, 256, 256).any(axis=0))
        assert rows.min() - 2 <= 2 * chroma_rows.min() <= 2 * chroma_rows.max() <= rows.max() + 2
        assert columns.min() - 2 <= 2 * chroma_columns.min() <= 2 * chroma_columns.max() <= columns.max() + 2


def test_masks_cover_lips_and_leave_teeth_out(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, keep: Keep
) -> None:
    done = lipfx("masks", talking, tmp_path / "masks")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "masks").iterdir())
    assert names == [*(f"{index:06d}.png" for index in range(125)), "frames.csv"]
    with (tmp_path / "masks" / "frames.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time"]) for row in rows] == pytest.approx(frame_times(talking), abs=1e-6)
    for index in FRAMES:
        mask = cv2.imread(str(tmp_path / "masks" / f"{index:06d}.png"), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        keep(f"mask-{index}", mask)
        assert mask.shape == (512, 512)
        for name, low, high in (("upper lip", 150, 255), ("lower lip", 150, 255), ("cheek", 0, 0)):
            assert low <= mask[portrait.part(name, index)].mean() <= high, (name, index)


def test_track_writes_a_line_per_frame(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    output = tmp_path / "tracks.jsonl"
    done = lipfx("track", talking, output)
    assert done.returncode == 0, done.stderr
    head, *lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert (head["format"], head["version"], head["landmarks"]) == ("lipfx-track", 1, "helen-56")
    assert (head["width"], head["height"], head["frame_rate"]) == (512, 512, "25/1")
    assert [line["index"] for line in lines] == list(range(125))
    for line in lines:
        (face,) = line["faces"]
        points = np.array(face["points"])
        assert points.shape == (56, 2)
        assert face["track_id"] == 1
        rows, columns = np.nonzero(portrait.part("lower lip", line["index"]))
        assert points[:, 0].min() < columns.min() < columns.max() < points[:, 0].max()
        assert points[:, 1].min() < rows.mean() < points[:, 1].max() + 2


def test_tracks_give_the_same_picture_as_without(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    source, tracks = variant("no_audio.mp4"), tmp_path / "tracks.jsonl"
    assert lipfx("track", source, tracks).returncode == 0
    for name, options in (("plain.mkv", []), ("reused.mkv", ["--tracks", tracks])):
        done = lipfx("apply", "lipstick", source, tmp_path / name, "--codec", "ffv1", *options)
        assert done.returncode == 0, done.stderr
    plain, reused = planes(tmp_path / "plain.mkv"), planes(tmp_path / "reused.mkv")
    assert len(plain) == len(reused) == 25
    assert all(np.array_equal(one, other) for one, other in zip(plain, reused, strict=True))


def test_no_face_is_a_warning_and_the_same_pictures(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path
) -> None:
    source, output = variant("no_face.mp4"), tmp_path / "out.mkv"
    done = lipfx("apply", "lipstick", source, output, "--codec", "ffv1")
    assert done.returncode == 0
    assert odd(done).count("\n") == 1
    assert "no face" in done.stderr
    assert all(np.array_equal(a, b) for a, b in zip(planes(source), planes(output), strict=True))
    assert [data for _, data in audio_packets(output)] == [data for _, data in audio_packets(source)]


@pytest.mark.parametrize("name", ["no_audio.mp4", "odd_size.mp4", "ntsc.mp4"])
def test_other_clips_keep_size_times_and_streams(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path, name: str
) -> None:
    source, output = variant(name), tmp_path / name
    done = lipfx("apply", "lipstick", source, output)
    assert (done.returncode, odd(done)) == (0, "")
    assert frame_times(output) == pytest.approx(frame_times(source), abs=1e-4)
    with av.open(str(source)) as before, av.open(str(output)) as after:
        assert [s.type for s in after.streams] == [s.type for s in before.streams]
        old, new = before.streams.video[0], after.streams.video[0]
        assert (new.width, new.height, new.average_rate) == (old.width, old.height, old.average_rate)
        assert new.codec_context.pix_fmt == old.codec_context.pix_fmt


def test_a_picture_is_made_up_too(lipfx: RunLipfx, talking: Path, tmp_path: Path, keep: Keep) -> None:
    before = pictures(talking)[40]
    cv2.imwrite(str(tmp_path / "in.png"), before[..., ::-1])
    done = lipfx("apply", "lipstick:shade=#b01030", tmp_path / "in.png", tmp_path / "out.png")
    assert (done.returncode, odd(done)) == (0, "")
    read = cv2.imread(str(tmp_path / "out.png"))
    assert read is not None
    after: Picture = np.asarray(read[..., ::-1], dtype=np.uint8)
    keep("picture", np.hstack([before, after]))
    lip = portrait.part("lower lip", 40)
    assert np.linalg.norm(after[lip].mean(axis=0) - SHADE) < np.linalg.norm(before[lip].mean(axis=0) - SHADE)
    assert np.array_equal(after[:150], before[:150])


def test_a_file_named_like_an_option_is_a_file(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    (tmp_path / "-i %03d*.mp4").write_bytes(variant("no_audio.mp4").read_bytes())
    done = lipfx("apply", "lipstick", "-i %03d*.mp4", "out.mp4", "--end", "0.4", cwd=tmp_path)
    assert (done.returncode, odd(done)) == (0, "")
    assert len(frame_times(tmp_path / "out.mp4")) == 10


def test_encoder_options_reach_the_encoder(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    sizes = {}
    for crf in (10, 45):
        output = tmp_path / f"{crf}.mp4"
        options = ("--codec", "libx264", "--crf", crf, "--preset", "ultrafast")
        assert lipfx("apply", "lipstick", variant("no_audio.mp4"), output, *options).returncode == 0
        sizes[crf] = output.stat().st_size
    assert sizes[10] > 4 * sizes[45]


def test_progress_is_shown_on_a_terminal_only(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    source = variant("no_audio.mp4")
    silent = lipfx("track", source, tmp_path / "a.jsonl", "--quiet")
    assert (silent.stdout, silent.stderr) == ("", "")
    assert odd(lipfx("track", source, tmp_path / "d.jsonl")) == ""
    assert "25/25" in on_terminal("track", source, tmp_path / "b.jsonl")
    shown = on_terminal("apply", "lipstick", source, tmp_path / "e.mkv", "--start", "0.3", "--end", "0.7")
    assert "10/10" in shown
    assert "/25" not in shown
    assert re.search(r"e\.mkv: 10 frames, 1 face, \d+\.\d s, \d\.\dx real time\s+$", shown)
    assert on_terminal("track", source, tmp_path / "c.jsonl", "--quiet") == ""


def on_terminal(*arguments: object) -> str:
    """What a run writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen(
        [*LIPFX, *map(str, arguments)], stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux reports a terminal that nobody writes to any more
            while chunk := os.read(ours, 4096):
                shown += chunk
        os.close(ours)
        assert process.wait() == 0
    return shown.decode()
