"""Owns tags that a new encoding or a cut makes false, and what they become; must not know processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

# What a muxer counted in the stream as it was.
COUNTED = re.compile(
    r"(BPS|DURATION|NUMBER_OF_(FRAMES|BYTES)|SOURCE_ID|_STATISTICS_\w+)(-\w+)?$", re.IGNORECASE
)
ALPHA = re.compile(r"ALPHA_MODE$", re.IGNORECASE)
TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)$")
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


def false_tags(tags: Mapping[str, str], *, alpha: bool) -> list[str]:
    """Names of those `tags` of a stream that are not true of it any more. alpha: it has transparency."""
    return [name for name in tags if COUNTED.match(name) or (ALPHA.match(name) and not alpha)]


def later_timecode(timecode: str, start: float, rate: Fraction | None) -> str | None:
    """The timecode `start` seconds after `timecode`; None where that cannot be told."""
    found = TIMECODE.match(timecode)
    if found is None or rate is None:
        return None
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    nominal = round(rate)
    dropped = (
        nominal // 15 if found[4] in ";." and nominal % 30 == 0 else 0
    )  # numbers that a minute leaves out
    total_minutes = 60 * hours + minutes
    count = (
        (total_minutes * 60 + seconds) * nominal + frames - dropped * (total_minutes - total_minutes // 10)
    )
    return _written(count + -(-Fraction(start) * rate // 1), nominal, dropped, found[4])


def _written(count: int, nominal: int, dropped: int, mark: str) -> str:
    if dropped:
        ten, rest = divmod(count, 600 * nominal - 9 * dropped)
        passed = max(0, rest - dropped) // (60 * nominal - dropped)
        count += 9 * dropped * ten + dropped * passed
    seconds, frames = divmod(count, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"
