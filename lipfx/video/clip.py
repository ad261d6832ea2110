"""Owns what is known about a clip before its frames are read; must not know how it is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from lipfx.core.moments import Clock
from lipfx.core.values import Colour, Frame, PixelFormat
from lipfx.video.orientation import Orientation

SEQUENCE = "sequence"
"""The container of numbered pictures that are a clip."""
RESTARTING = ("mpegts", "mpeg", "ogg")


@dataclass(frozen=True, slots=True)
class ColourTags:
    """Colour tags exactly as they stand in the file, in ffmpeg's words; None where there is none."""

    matrix: str | None = None
    primaries: str | None = None
    transfer: str | None = None
    range: str | None = None
    chroma_location: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a file. kind: video, audio, subtitle, data or attachment. start: seconds. frame_count:
    as its header says, None where it says nothing. size: (width, height) of pictures, (0, 0) of others.
    channels, sample_rate (Hz, 0 where unknown), layout: of sound, the last in ffmpeg's words where the file
    says one. hidden: seconds that an edit list hides before the first that is heard or seen. spliced: it
    hides something later on too.
    """

    index: int
    kind: str
    codec: str
    tag: str
    start: float
    duration: float | None
    frame_count: int | None
    disposition: frozenset[str]
    metadata: Mapping[str, str]
    size: tuple[int, int] = (0, 0)
    channels: int = 0
    layout: str | None = None
    hidden: float = 0.0
    spliced: bool = False
    sample_rate: int = 0

    @property
    def is_cover_art(self) -> bool:
        return "attached_pic" in self.disposition

    @property
    def is_timecode(self) -> bool:
        return self.tag == "tmcd"


@dataclass(frozen=True, slots=True)
class Clip:
    """A file and its main picture stream.

    metadata: the file's own. chapters: how many. width, height: pixels as displayed (orientation applied).
    stored_format: ffmpeg's name of the decoder's own pixel format; pixel_format: that of the frames that the
    reader hands out, as displayed. colour: resolved; tags: as found. frame_rate: frames per second, None
    where it varies. time_base: seconds per tick of the stream. origin: the container's timestamp, in seconds,
    that counts as 0. duration: seconds. frame_count: an estimate, None where there is none.
    sample_aspect_ratio: of displayed pixels, None where not stated. hdr: static HDR metadata as ffprobe words
    it, by side data type. dynamic_hdr: names of metadata that changes from scene to scene. begin: the
    earliest timestamp of the file, in seconds. decoder: ffmpeg's name of the one to use, None leaves it to
    ffmpeg. extras: what pictures carry beside their samples and no encoder here writes, in words. files: of
    still pictures. first_number: of the first one, in the names of pictures that are a clip.
    """

    path: Path
    container: str
    video: Stream
    streams: tuple[Stream, ...]
    metadata: Mapping[str, str]
    chapters: int
    width: int
    height: int
    stored_format: str
    pixel_format: PixelFormat
    colour: Colour
    tags: ColourTags
    orientation: Orientation
    frame_rate: Fraction | None
    time_base: Fraction
    origin: float
    duration: float
    frame_count: int | None
    sample_aspect_ratio: Fraction | None = None
    field_order: str = "progressive"
    bit_rate: int | None = None
    hdr: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dynamic_hdr: tuple[str, ...] = ()
    begin: float = 0.0
    decoder: str | None = None
    extras: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    first_number: int = 0

    @property
    def still(self) -> bool:
        """Whether its frames are pictures that stand alone."""
        return self.container == "pictures"

    @property
    def live(self) -> bool:
        """Whether it is read from no file, but comes as it happens."""
        return self.container == "live"

    @property
    def alone(self) -> bool:
        """Whether nothing stands beside its pictures, which come from no file that ffmpeg could read."""
        return self.live or self.container == SEQUENCE

    @property
    def inputs(self) -> tuple[Path, ...]:
        """All files that it is read from."""
        return () if self.live else self.files or (self.path,)

    @property
    def end(self) -> float:
        """Seconds at which its last picture goes, on its own clock."""
        return self.video.start + self.duration - self.origin

    @property
    def lasts_until(self) -> float | None:
        """The same where the container tells it of its pictures alone, None elsewhere."""
        told = self.video.duration is not None and self.container != "avi" and not self.restarts
        return self.end if told else None

    @property
    def restarts(self) -> bool:
        """Whether its container's clock may jump or start again, which ffmpeg then mends."""
        return self.container.startswith(RESTARTING)

    @property
    def timecode(self) -> str:
        """Timecode of its first picture, as a stream or the file says it; "" where neither does."""
        return self._told("timecode")

    @property
    def reel(self) -> str:
        """Name of the reel or card that it was shot on; "" where nobody says it."""
        return self._told("reel_name")

    def _told(self, name: str) -> str:
        places = (self.video.metadata, *(stream.metadata for stream in self.streams), self.metadata)
        return next((text for tags in places for key, text in tags.items() if key.lower() == name), "")

    @property
    def clock(self) -> Clock:
        """How its pictures are counted."""
        return Clock(self.frame_rate, self.video.start - self.origin, self.timecode)

    @property
    def interlaced(self) -> bool:
        return self.field_order in ("tt", "bb", "tb", "bt")

    def streams_of(self, kind: str) -> tuple[Stream, ...]:
        """The streams of one kind, cover art left out."""
        return tuple(s for s in self.streams if s.kind == kind and not s.is_cover_art)


def live_clip(frame: Frame, aspect: Fraction | None) -> Clip:
    """Pictures like `frame`, without end and with nothing beside them, of which no file is known.

    aspect: of a pixel, width over height; None where it is square.
    """
    colour = frame.colour
    return Clip(
        path=Path("live"),
        container="live",
        video=(video := Stream(0, "video", "h264", "", 0.0, None, None, frozenset({"default"}), {})),
        streams=(video,),
        metadata={},
        chapters=0,
        width=frame.width,
        height=frame.height,
        stored_format=frame.format.name,
        pixel_format=frame.format,
        colour=colour,
        tags=ColourTags(
            colour.matrix, colour.primaries, colour.transfer, "pc" if colour.full_range else "tv"
        ),
        orientation=Orientation(),
        frame_rate=None,
        time_base=frame.time_base,
        origin=0.0,
        duration=0.0,
        frame_count=None,
        sample_aspect_ratio=aspect,
    )
