"""Owns tags that a new encoding or a cut makes false, and what they become; must not know processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# What a muxer counted in the stream as it was.
COUNTED = re.compile(
    r"(BPS|DURATION|NUMBER_OF_(FRAMES|BYTES)|SOURCE_ID|_STATISTICS_\w+)(-\w+)?$", re.IGNORECASE
)
ALPHA = re.compile(r"ALPHA_MODE$", re.IGNORECASE)
STEREO = {"side by side": "left_right", "top and bottom": "top_bottom"}
"""Matroska's words for ffmpeg's."""
PROVENANCE = {
    "mp4": ("comment", "description", "synopsis", "grouping"),
    "mov": ("comment",),
    "matroska": ("LIPFX",),
    "webm": ("LIPFX",),
    "avi": ("comment", "encoded_by"),
}
"""Names of tags for a line of lipfx's own that each container keeps; the first that is free is taken."""
OURS = re.compile(r"lipfx \d\S*; ")


def provenance_tag(muxer: str, tags: Mapping[str, str], text: str) -> dict[str, str]:
    """The tag that says how a file was made: one that `tags`, the source's, lack, or that lipfx wrote, which
    is then continued; none where the container has no such tag left."""
    there = {name.lower(): words for name, words in tags.items()}
    for name in PROVENANCE.get(muxer, ()):
        before = there.get(name.lower())
        if before is None or OURS.match(before):
            return {name: text if before is None else f"{before}; then {text}"}
    return {}


def stereo_mode(extras: Iterable[str]) -> str | None:
    """Matroska's word for how a clip's stereo pictures lie, None where it has none; extras: see `Clip`."""
    return next((mode for extra in extras for words, mode in STEREO.items() if f"({words})" in extra), None)


def false_tags(tags: Mapping[str, str], *, alpha: bool, encoded: bool) -> list[str]:
    """Names of those `tags` of a stream that are not true of it any more. alpha: it has transparency.
    encoded: by another encoder than it was."""
    return [
        name
        for name in tags
        if COUNTED.match(name) or (ALPHA.match(name) and not alpha) or (encoded and name.lower() == "encoder")
    ]
