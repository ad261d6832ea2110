"""Owns edited timelines: which parts of clips they use, and pointing them to results; must not know jobs.

OpenTimelineIO reads them. A cut of a clip becomes a clip of its own, with handles where the source has any;
frames keep their numbers in the timeline's terms, so that nothing else in it changes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlparse

import msgspec

from lipfx.batch.found import VIDEO_SUFFIXES, Found
from lipfx.batch.naming import TEMPLATES, output_name
from lipfx.core.rooms import growing
from lipfx.core.temporary import publish
from lipfx.core.timecode import frames_of
from lipfx.errors import InputError, MissingToolError, UsageError
from lipfx.video.source import open_source

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

ADAPTERS = {
    ".otio": "",
    ".otioz": "",
    ".fcpxml": "otio-fcpx-xml-adapter",
    ".edl": "otio-cmx3600-adapter",
    ".xml": "otio-fcp-adapter",
}
"""Endings of timelines, and the package that reads them beside OpenTimelineIO itself."""
EXTRA = "pip install 'lipfx[editor]'"
SAME_RATE = 0.01
"""By which share the rate of a timeline may miss a clip's and still be meant by it: 24 stands for 23.976."""
JUST = 1e-6
"""Seconds that are less than any difference of frames."""
EDL_RATES = (24, 25, 30, 50, 60)
OURS = "lipfx"
"""What a batch's timelines have among their metadata."""


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a clip that a timeline shows, with handles. start, end: seconds. before: frames of the handle
    at its beginning. frames: of all. output: its name in the batch's folder."""

    source: str
    start: float
    end: float
    before: int
    frames: int
    output: str


@dataclass
class Timeline:
    """A timeline that was read, and its parts by the clip in it that shows them; see `read_timeline`."""

    path: Path
    whole: Any
    uses: dict[int, Use] = field(default_factory=dict)

    @property
    def parts(self) -> list[Use]:
        """The parts, each once, in the order in which they are shown first."""
        return list(dict.fromkeys(self.uses.values()))

    def relinked(self, folder: Path) -> Path:
        """Where the timeline stands that points to the results in `folder`."""
        return folder / f"{self.path.stem}.otio"

    def write_relinked(self, folder: Path) -> Path:
        """Writes the timeline into `folder`, pointing to those results that are there; its path.

        Raises: OutputError: it cannot be written.
        """
        otio = _otio()
        for place, clip in enumerate(self.whole.find_clips()):
            use = self.uses.get(place)
            if use is None or not (folder / use.output).exists():
                continue
            shown = clip.visible_range()
            before = otio.opentime.RationalTime(use.before, shown.start_time.rate)
            length = otio.opentime.RationalTime(use.frames, shown.start_time.rate)
            there = otio.opentime.TimeRange(shown.start_time - before, length)
            clip.media_reference = otio.schema.ExternalReference(quote(use.output), there)
        self.whole.metadata[OURS] = {"of": self.path.name}
        path = self.relinked(folder)
        with growing(path) as new:
            new.write_text(otio.adapters.write_to_string(self.whole, "otio_json"), encoding="utf-8")
            publish(new, path, overwrite=True)
        return path


def check_relinked(timelines: Sequence[Timeline], out: str, overwrite: bool) -> None:
    """Raises: UsageError: timelines that point to results would take the place of each other, of one that is
    given, or, without `overwrite`, of a file that no batch wrote.
    """
    taken: dict[Path, Path] = {}
    for timeline in timelines:
        path = timeline.relinked(Path(out))
        other = taken.setdefault(path, timeline.path)
        if other is not timeline.path:
            raise UsageError(f"{other} and {timeline.path} would both become {path}; rename one")
        given = [one.path for one in timelines if path.exists() and path.samefile(one.path)]
        if given:
            raise UsageError(
                f"{path} would take the place of {given[0]}, which is read; choose another --out"
            )
        if path.exists() and not overwrite and not _is_ours(path):
            raise UsageError(f"{path} exists and no batch wrote it; choose another --out, or --overwrite")


def _is_ours(path: Path) -> bool:
    """Whether a batch wrote the timeline at a path."""
    try:
        told = msgspec.json.decode(path.read_bytes(), type=_Told)
    except (OSError, msgspec.MsgspecError):
        return False
    return OURS in told.metadata


class _Told(msgspec.Struct):
    metadata: dict[str, Any] = {}


def is_timeline(word: str) -> bool:
    """Whether a name is a timeline's, by its ending."""
    return PurePosixPath(word).suffix.lower() in ADAPTERS and "://" not in word


def read_timeline(path: Path, handles: int = 0, template: str = TEMPLATES["apply"]) -> Timeline:
    """The timeline in a file and what it uses. handles: frames before and after each part, where there are.
    template: of results' names, for which a part is `TIMELINE/001-CLIP`.

    Raises:
        MissingToolError: OpenTimelineIO, or what reads such files, is not installed.
        InputError: it cannot be read, or uses a clip that is not there.
    """
    whole, known = _read(path), dict[str, "Clip"]()
    if path.suffix.lower() == ".edl":
        sources = (_source_of(clip, path) for clip in whole.find_clips())
        some = next(sources, None)
        rate = None if some is None else _looked_at(some, known).frame_rate
        whole = whole if rate is None else _read(path, rate=round(rate))
    timeline = Timeline(path, whole)
    names: dict[tuple[str, int, int], str] = {}
    for place, clip in enumerate(whole.find_clips()):
        if not _shows(clip):
            continue
        source = _source_of(clip, path)
        first, frames, before = _frames_of(clip, _looked_at(source, known), handles)
        called = f"{path.stem}/{len(names) + 1:03d}-{Path(source).name}"
        name = names.setdefault((source, first, frames), output_name(Found(source, called), template))
        timeline.uses[place] = _use(source, _looked_at(source, known), clip, (first, frames, before), name)
    if not timeline.uses:
        raise InputError(f"{path} shows no clip; name a timeline with cuts of video")
    return timeline


def _otio() -> Any:
    """Raises: MissingToolError."""
    try:
        import opentimelineio
    except ImportError as error:
        raise MissingToolError(f"timelines want OpenTimelineIO, which is not installed; {EXTRA}") from error
    return opentimelineio


def _read(path: Path, **options: Any) -> Any:
    otio, suffix = _otio(), path.suffix.lower()
    try:
        adapter = otio.adapters.from_filepath(str(path))
    except otio.exceptions.OTIOError as error:
        raise MissingToolError(
            f"{path} wants {ADAPTERS[suffix]} beside OpenTimelineIO; pip install {ADAPTERS[suffix]}"
        ) from error
    tries = [{"rate": rate} for rate in EDL_RATES] if suffix == ".edl" and not options else [options]
    problem: Exception | None = None
    for arguments in tries:
        try:
            read = adapter.read_from_file(str(path), **arguments)
        except Exception as error:  # noqa: BLE001 - adapters raise what they like
            problem = problem or error
            continue
        found = read if isinstance(read, otio.schema.Timeline) else _first_timeline(read, otio)
        if found is not None:
            return found
    reason = " ".join(str(problem or "it holds none").split())
    raise InputError(f"{path} is no timeline that can be read ({reason}); export it again")


def _first_timeline(read: Any, otio: Any) -> Any:
    """The timeline of a collection, of which Final Cut's files hold several kinds."""
    found = (
        read.find_children(descended_from_type=otio.schema.Timeline) if hasattr(read, "find_children") else []
    )
    return next(iter(found), None)


def _shows(clip: Any) -> bool:
    """Whether a clip of a timeline is of pictures."""
    parent = clip.parent()
    while parent is not None and not hasattr(parent, "kind"):
        parent = parent.parent()
    return parent is None or parent.kind == "Video"


def _source_of(clip: Any, timeline: Path) -> str:
    """The file of a clip: what it points to, or one of its name beside the timeline.

    Raises: InputError: there is none.
    """
    url = getattr(clip.media_reference, "target_url", None) or ""
    told = unquote(urlparse(url).path) if url.startswith("file:") else unquote(url)
    stem = clip.name or ""
    tries = [timeline.parent / told, timeline.parent / Path(told).name] if told else []
    tries += [timeline.parent / f"{stem}{suffix}" for suffix in ("", *VIDEO_SUFFIXES)] if stem else []
    for path in tries:
        if path.is_file():
            return os.path.relpath(path) if not Path(told).is_absolute() else str(path)
    raise InputError(
        f"{timeline} uses {told or stem or 'a clip without a name'}, which is not there; put it beside"
    )


def _looked_at(source: str, known: dict[str, Clip]) -> Clip:
    if source not in known:
        known[source] = open_source(Path(source)).clip
    return known[source]


def _frames_of(clip: Any, media: Clip, handles: int) -> tuple[int, int, int]:
    """First frame in the file, number of frames and of those before the cut, handles included."""
    shown, rate = clip.visible_range(), clip.visible_range().start_time.rate
    speed = max((abs(getattr(effect, "time_scalar", 1.0)) for effect in clip.effects), default=1.0)
    start, frames = (
        round(shown.start_time.value),
        max(round(shown.duration.rescaled_to(rate).value * speed), 1),
    )
    first = start - _zero(clip, media, start, rate)
    last = (
        round(media.duration * rate)
        if media.frame_count is None or not _same(media, rate)
        else media.frame_count
    )
    if not 0 <= first < last:
        raise InputError(
            f"{media.path} has frames 0 to {last - 1}, a cut of it begins at {first}; is it another file?"
        )
    before, after = min(handles, first), min(handles, max(last - first - frames, 0))
    return first - before, before + min(frames, last - first) + after, before


def _zero(clip: Any, media: Clip, start: int, rate: float) -> int:
    """The number of a file's first frame in a cut's terms: as its reference says, or the file's timecode."""
    available = clip.media_reference.available_range if clip.media_reference is not None else None
    if available is not None:
        zero: int = round(available.start_time.rescaled_to(rate).value)
        return zero
    told = frames_of(media.timecode, media.frame_rate or Fraction(rate)) if media.timecode else None
    return told if told is not None and start >= told else 0


def _same(media: Clip, rate: float) -> bool:
    return media.frame_rate is not None and abs(float(media.frame_rate) / rate - 1) < SAME_RATE


def _use(source: str, media: Clip, clip: Any, frames: tuple[int, int, int], name: str) -> Use:
    first, count, before = frames
    told = clip.visible_range().start_time.rate
    rate = media.frame_rate if media.frame_rate is not None and _same(media, told) else Fraction(told)
    start, end = (_shown_from(Fraction(place) / rate, media) for place in (first, first + count))
    return Use(source, max(start, 0.0), end, before, count, name)


def _shown_from(time: Fraction, media: Clip) -> float:
    """Seconds just before the frame that is `time` after the first; containers round it to their ticks."""
    ticks = round((Fraction(media.clock.first) + time) / media.time_base)
    return float(ticks * media.time_base) - JUST
