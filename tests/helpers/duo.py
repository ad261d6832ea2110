"""Owns a clip of two people and two cuts, made from the sample; must not know lipfx.

The second one is the first in a mirror, narrower and with another skin: a stand-in, for the project has one
portrait. Both are there in the first shot, the second one alone in the next, darker, the first one alone in
the last, lighter and paler.
"""

from __future__ import annotations

from pathlib import Path

from tests.helpers import media

SHOT = 12
"""Frames of each of the three shots, 25 a second."""
RIGHT = 450
"""Column from which on the second person is, in the first shot."""
SECOND = (610, 200)
"""A pixel of the second person in the first two shots."""

_OTHER = "hflip,swapuv"
_FILTERS = f"""
[0:v]split=4[a][b][c][d];
[a]trim=end_frame={SHOT},setpts=PTS-STARTPTS,scale=420:420,pad=800:432:10:6:gray[one];
[b]trim=end_frame={SHOT},setpts=PTS-STARTPTS,{_OTHER},scale=300:350[two];
[one][two]overlay=460:40[both];
[c]trim=start_frame={SHOT}:end_frame={2 * SHOT},setpts=PTS-STARTPTS,{_OTHER},scale=360:420,
eq=brightness=-0.08,pad=800:432:430:6:black[second];
[d]trim=start_frame={2 * SHOT}:end_frame={3 * SHOT},setpts=PTS-STARTPTS,scale=360:360,
eq=gamma=1.25:saturation=0.8,pad=800:432:200:36:white[first];
[both][second][first]concat=n=3:v=1[out]
"""


def make_clip(talking: Path, path: Path) -> Path:
    """The clip, 800x432."""
    options = ("-map", "[out]", "-c:v", "libx264", "-crf", 14, "-pix_fmt", "yuv420p")
    return media.make(path, "-i", talking, "-filter_complex", _FILTERS.replace("\n", ""), *options)


def make_photo(talking: Path, path: Path, *, second: bool = False) -> Path:
    """A photograph of either of the two: a later frame, at another size."""
    look = f"{_OTHER},scale=330:385" if second else "scale=400:400"
    return media.make(path, "-ss", 2, "-i", talking, "-frames:v", 1, "-vf", look)
