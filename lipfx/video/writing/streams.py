"""Owns which of a source's other streams a container can hold, and how; must not know pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

from lipfx.video.clip import Clip, Stream
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.sounds import EDITED, hides_a_start, plan_sound
from lipfx.video.writing.tags import stereo_mode

TEXT_SUBTITLES = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text", "srt")
# Subtitle codecs that each container holds as they are, and what text becomes otherwise.
SUBTITLES = {
    "mp4": ({"mov_text", "dvd_subtitle"}, "mov_text"),
    "mov": ({"mov_text", "eia_608"}, "mov_text"),
    "matroska": (
        {"subrip", "ass", "ssa", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"},
        "subrip",
    ),
    "webm": ({"webvtt"}, "webvtt"),
    "mpegts": ({"dvb_subtitle", "hdmv_pgs_subtitle"}, None),
}
COVER_ART = ("mp4", "matroska")
COVER_CODECS = ("mjpeg", "png", "bmp")  # in mp4
MIME_TYPES = {
    "mjpeg": ("jpg", "image/jpeg"),
    "png": ("png", "image/png"),
    "bmp": ("bmp", "image/bmp"),
    "gif": ("gif", "image/gif"),
    "tiff": ("tiff", "image/tiff"),
    "webp": ("webp", "image/webp"),
}
# Bit stream filters: what is before 0 goes; what ended before it goes, what began before it begins there.
FROM_0 = "noise=drop=lt(pts\\,0)"
ON_SCREEN = (
    "noise=drop=lte(pts+duration\\,0),setts=pts=max(PTS\\,0):dts=max(PTS\\,0):duration=DURATION-max(0\\,-PTS)"
)
TIMECODE = ("mp4", "mov", "mxf")
TAGS_OF_PHONES = ("com.apple.", "com.android.")


@dataclass
class StreamPlan:
    """The streams that go along. maps: their indices in the source, in order; options: of the output.

    attach: cover art that must be attached from a file of its own. notes: what is left out or changed.
    copied: indices of the sounds that are not encoded anew. convert: codecs of subtitles, by index, that they
    must be put into in a file of their own first.
    """

    maps: list[int] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    attach: list[Stream] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    copied: list[int] = field(default_factory=list)
    convert: dict[int, str] = field(default_factory=dict)

    def keep(self, stream: Stream, letter: str, number: int, codec: str = "copy") -> None:
        """Puts `stream` into the output as its stream `number` of the kind `letter`."""
        self.maps.append(stream.index)
        self.options[f"c:{letter}:{number}"] = codec
        self.options[f"map_metadata:s:{letter}:{number}"] = f"1:s:{stream.index}"


def plan_streams(clip: Clip, muxer: str, cut: Cut | None = None) -> StreamPlan:
    """What becomes of the streams beside the pictures of `clip` in the container `muxer`."""
    plan, cut = StreamPlan(), cut or Cut()
    _plan_sound(plan, clip, muxer, cut)
    _plan_subtitles(plan, clip, muxer, cut)
    _plan_cover_art(plan, clip, muxer)
    _plan_attachments(plan, clip, muxer)
    _note_the_rest(plan, clip, muxer)
    return plan


def _plan_sound(plan: StreamPlan, clip: Clip, muxer: str, cut: Cut) -> None:
    number = 0
    for stream in clip.streams_of("audio"):
        sound = plan_sound(stream, clip, muxer, cut)
        plan.notes.extend([sound.words] if sound.words else [])
        if sound.codec is None:
            continue
        plan.keep(stream, "a", number, sound.codec)
        plan.options.update(
            (name if name == "strict" else f"{name}:a:{number}", value)
            for name, value in sound.options.items()
        )
        if sound.codec == "copy":
            plan.copied.append(stream.index)
            if cut.start or (muxer not in EDITED and hides_a_start(stream)):
                plan.options[f"bsf:a:{number}"] = FROM_0
        number += 1


def _plan_subtitles(plan: StreamPlan, clip: Clip, muxer: str, cut: Cut) -> None:
    held, text = SUBTITLES.get(muxer, (set(), None))
    number = 0
    for stream in clip.streams_of("subtitle"):
        if stream.codec in held:
            plan.keep(stream, "s", number)
        elif text is not None and stream.codec in TEXT_SUBTITLES:
            # Bit stream filters lose the last of what is encoded beside them.
            aside = bool(cut.start) and not clip.restarts
            plan.keep(stream, "s", number, "copy" if aside else text)
            plan.convert.update({stream.index: text} if aside else {})
            plan.notes.append(f"{muxer} cannot hold {stream.codec} subtitles; they become {text}")
        else:
            plan.notes.append(f"{muxer} cannot hold {stream.codec} subtitles; they are left out")
            continue
        if cut.start and plan.options[f"c:s:{number}"] == "copy":
            # Those on screen where the cut begins stay until their time is up.
            plan.options[f"bsf:s:{number}"] = ON_SCREEN
        number += 1


def _plan_cover_art(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    covers = [stream for stream in clip.streams if stream.kind == "video" and stream.is_cover_art]
    covers = [stream for stream in covers if stream.index != clip.video.index]
    if muxer not in COVER_ART:
        plan.notes.extend(f"{muxer} cannot hold cover art; it is left out" for _ in covers[:1])
    elif muxer == "matroska":
        plan.attach.extend(stream for stream in covers if stream.codec in MIME_TYPES)
        plan.notes.extend(
            f"cover art in {stream.codec} is of no kind that can be attached; it is left out"
            for stream in covers
            if stream.codec not in MIME_TYPES
        )
    else:
        for number, stream in enumerate(covers, start=1):
            held = stream.codec in COVER_CODECS
            plan.keep(stream, "v", number, "copy" if held else "png")
            plan.options[f"disposition:v:{number}"] = "attached_pic"
            if not held:
                plan.options[f"pix_fmt:v:{number}"] = "rgba"
                plan.notes.append(f"{muxer} cannot hold cover art in {stream.codec}; it becomes png")


def _plan_attachments(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    attachments = clip.streams_of("attachment")
    if muxer != "matroska":
        names = ", ".join(stream.metadata.get("filename", stream.codec) for stream in attachments)
        plan.notes.extend([f"{muxer} cannot hold attachments; left out: {names}"] if names else [])
        return
    for number, stream in enumerate(attachments):
        plan.keep(stream, "t", number)


def _is_chapter_track(stream: Stream) -> bool:
    """Whether `stream` is how mp4 and mov store chapters, which are kept as chapters."""
    return stream.codec == "bin_data" and stream.tag == "text"


def _note_the_rest(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    others = [stream for stream in clip.streams_of("video") if stream.index != clip.video.index]
    if others:
        names = ", ".join(f"{s.index} ({s.codec}, {s.size[0]}x{s.size[1]})" for s in others)
        plan.notes.append(
            f"video stream {clip.video.index} alone is written; left out: {names}, which --stream chooses"
        )
    data = [s for s in clip.streams_of("data") if not _is_chapter_track(s)]
    if muxer in TIMECODE:
        data = [stream for stream in data if not stream.is_timecode]
    plan.notes.extend(f"{extra} cannot be kept; left out" for extra in clip.extras if not _kept(extra, muxer))
    if data:
        names = ", ".join(f"{s.index} ({s.metadata.get('handler_name', s.tag or s.codec)})" for s in data)
        plan.notes.append(f"data streams are left out: {names}")


def _kept(extra: str, muxer: str) -> bool:
    return muxer in ("matroska", "webm") and stereo_mode((extra,)) is not None


def has_phone_tags(clip: Clip) -> bool:
    """Whether the file carries metadata that mp4 and mov only keep under its own keys when asked to."""
    return any(key.startswith(TAGS_OF_PHONES) for key in clip.metadata)
