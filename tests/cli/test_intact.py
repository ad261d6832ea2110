"""Over the command line: samples and times that no effect touches come out as they went in, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from lipfx.masks.mouth import mouth_box
from lipfx.pipeline.tracks import read_tracks
from lipfx.video.source import open_source
from tests.conftest import RunLipfx, odd
from tests.helpers import media

pytestmark = pytest.mark.slow

SECONDS = 1.5
MARGIN = 0.25  # of the effect below, in mouth widths
PAINT = '''
from typing import ClassVar
import numpy as np
from lipfx.effects import Effect, Region

class Paint(Effect):
    """Paints everything it may in one colour."""
    region: ClassVar[Region] = Region.AROUND

    def render(self, patch):
        return np.zeros_like(patch.rgb) + np.float32([0, 0, 1])
'''
LOSSLESS = ("--codec", "ffv1", "--end", SECONDS)
HLG = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67")
PQ = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "smpte2084")
# The talking face in other samples; scaled in their own depth, so that every value of it occurs.
SAMPLES: dict[str, tuple[str, ...]] = {
    "10-bit": ("yuv420p10le", "ffv1"),
    "10-bit 4:2:2": ("yuv422p10le", "ffv1", "-colorspace", "bt709"),
    "12-bit 4:4:4": ("yuv444p12le", "ffv1"),
    "4:4:4": ("yuv444p", "libx264", "-crf", "10"),
    "full range": ("yuvj420p", "libx264", "-crf", "10", "-color_range", "pc", "-colorspace", "bt709"),
    "BT.2020 HLG": ("yuv420p10le", "libx265", "-x265-params", "log-level=error", *HLG),
    "BT.2020 PQ": ("yuv420p10le", "libx265", "-x265-params", "log-level=error", *PQ),
    "BT.2020 SDR": ("yuv420p", "libx264", "-colorspace", "bt2020nc", "-color_primaries", "bt2020"),
    "RGB": ("gbrp", "ffv1"),
}


def sample(name: str, talking: Path, folder: Path) -> Path:
    pixels, codec, *options = SAMPLES[name]
    picture = ("-i", talking, "-t", "1", "-vf", f"format={pixels},scale=426:398:flags=bicubic")
    return media.make(folder / "in.mkv", *picture, "-pix_fmt", pixels, "-c:v", codec, *options)


def assert_untouched(source: Path, output: Path) -> None:
    """As many frames as lie before SECONDS, equal in every sample, at the same times."""
    times = media.frame_times(source)
    begin = times[0] if source.suffix == ".mpg" else 0.0  # broadcast streams start anywhere
    wanted = [time - begin for time in times if time - begin < SECONDS]
    assert media.frame_times(output) == pytest.approx(wanted, abs=0.0011)
    assert media.frame_hashes(output) == media.frame_hashes(source, "-frames:v", str(len(wanted)))


@pytest.mark.parametrize("name", media.SHARED_CLIPS)
def test_real_clips_under_no_lipstick(lipfx: RunLipfx, shared: Path, name: str, tmp_path: Path) -> None:
    source, output = shared / "clips" / name, tmp_path / "out.mkv"
    done = lipfx("apply", "lipstick:opacity=0", source, output, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    assert_untouched(source, output)


@pytest.mark.parametrize("name", SAMPLES)
def test_other_samples_under_no_lipstick(lipfx: RunLipfx, talking: Path, name: str, tmp_path: Path) -> None:
    source, output = sample(name, talking, tmp_path), tmp_path / "out.mkv"
    done = lipfx("apply", "lipstick:opacity=0", source, output, *LOSSLESS)
    assert (done.returncode, odd(done)) == (0, "")
    assert_untouched(source, output)
    before, after = media.video_stream(source), media.video_stream(output)
    for tag in ("color_range", "color_space", "color_primaries", "color_transfer"):
        assert after.get(tag) == before.get(tag)


@pytest.mark.parametrize(
    "name", ["two_faces.mp4", "phone_rotated_1080p60.mov", "vfr_face_leaves_late_audio.mov"]
)
def test_nothing_changes_outside_the_boxes(lipfx: RunLipfx, shared: Path, name: str, tmp_path: Path) -> None:
    assert_painted_inside_only(lipfx, shared / "clips" / name, tmp_path)


@pytest.mark.parametrize("name", ["10-bit 4:2:2", "BT.2020 PQ"])
def test_nothing_changes_outside_the_boxes_of_samples(
    lipfx: RunLipfx, talking: Path, name: str, tmp_path: Path
) -> None:
    assert_painted_inside_only(lipfx, sample(name, talking, tmp_path), tmp_path)


def assert_painted_inside_only(lipfx: RunLipfx, source: Path, folder: Path) -> None:
    effect, output, tracks = folder / "paint.py", folder / "out.mkv", folder / "tracks.jsonl"
    effect.write_text(PAINT)
    assert lipfx("track", source, tracks, "--end", SECONDS).returncode == 0
    done = lipfx("apply", effect, source, output, "--tracks", tracks, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    painted = 0
    with open_source(source, end=SECONDS) as before, open_source(output) as after:
        for (frame, faces), other in zip(read_tracks(tracks, before.clip).join(before), after, strict=True):
            boxes = [mouth_box(f, frame.width, frame.height, frame.format, MARGIN) for f in faces.faces]
            for old, new in zip(frame.planes, other.planes, strict=True):
                changed = old != new
                painted += int(changed.sum())
                for box in boxes:
                    blank(changed, frame.planes[0].shape, (box.x0, box.y0, box.x1, box.y1))
                assert not changed.any()
    assert painted > 1000


def blank(changed: NDArray[Any], whole: tuple[int, ...], box: tuple[int, int, int, int]) -> None:
    """Clears a box, given in pixels of a frame of `whole` (height, width), in a plane that may be smaller."""
    dx, dy = (round(whole[axis] / changed.shape[axis]) for axis in (1, 0))
    x0, y0, x1, y1 = box
    changed[y0 // dy : -(-y1 // dy), x0 // dx : -(-x1 // dx)] = False
