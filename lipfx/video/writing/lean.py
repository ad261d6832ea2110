"""Owns how much of large frames encoders hold; must not know how codec and quality are chosen.

x264 at its medium settings looks 40 frames ahead and works on a frame in each thread: half a gigabyte at
1080p, nearly two at 4K. The larger the frame, the fewer of them; at 4K threads share one, in slices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lipfx.core.cores import cores

# Frames that are looked ahead, from so many pixels on. On clips of 720p and 1080p, 20 of them instead of 40
# cost x264 1 to 2 % more bits for the same PSNR, 10 cost 6 %.
LOOK_AHEAD = ((16_000_000, 10), (1_000_000, 20))
SLICED = 3_000_000  # pixels from which on threads share a frame; smaller ones are faster with one each
SLICE_ROWS = 270  # at least: each slice starts to predict anew
OWN = re.compile(r"-(preset|tune|x26[45]-params|x264opts)$")


def lean_parameters(
    codec: str, size: tuple[int, int], preset: str | None, extra: Sequence[str]
) -> dict[str, str]:
    """Parameters of x264 or x265 for frames of (width, height) `size`; none where the user has chosen any."""
    frames = next((frames for least, frames in LOOK_AHEAD if size[0] * size[1] >= least), None)
    if frames is None or preset or any(OWN.match(word) for word in extra):
        return {}
    if codec == "libx265":
        return {"rc-lookahead": f"{frames}"}
    if not codec.startswith("libx264"):
        return {}
    if size[0] * size[1] < SLICED:
        return {"rc-lookahead": f"{frames}"}
    threads = {} if "-threads" in extra else {"threads": f"{max(1, min(cores(), size[1] // SLICE_ROWS))}"}
    return {"rc-lookahead": f"{frames}", "sliced-threads": "1", **threads}
