"""Owns which of a source's other streams a container can hold, and how; must not know pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

from lipfx.video.clip import Clip, Stream

# Audio codecs that each container holds as they are; containers not listed hold all.
AUDIO = {
    "mp4": {"aac", "ac3", "eac3", "alac", "mp3", "mp2", "opus", "flac", "dts"},
    "mov": {"aac", "ac3", "eac3", "alac", "mp3", "mp2", "amr_nb", "amr_wb", "adpcm_ima_qt"},
    "webm": {"opus", "vorbis"},
    "avi": {"mp3", "mp2", "ac3", "aac", "pcm_s16le", "pcm_u8"},
    "mpegts": {"aac", "ac3", "eac3", "mp2", "mp3", "opus", "dts"},
}
LOSSLESS_AUDIO = ("pcm_", "flac", "alac", "wavpack", "tta", "truehd", "mlp")
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
TIMECODE = ("mp4", "mov")
TAGS_OF_PHONES = ("com.apple.", "com.android.")


@dataclass
class StreamPlan:
    """The streams that go along. maps: their indices in the source, in order; options: of the output.

    attach: cover art that must be attached from a file of its own. notes: what is left out or changed.
    """

    maps: list[int] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    attach: list[Stream] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def keep(self, stream: Stream, letter: str, number: int, codec: str = "copy") -> None:
        """Puts `stream` into the output as its stream `number` of the kind `letter`."""
        self.maps.append(stream.index)
        self.options[f"c:{letter}:{number}"] = codec
        self.options[f"map_metadata:s:{letter}:{number}"] = f"1:s:{stream.index}"


def plan_streams(clip: Clip, muxer: str) -> StreamPlan:
    """What becomes of the streams beside the pictures of `clip` in the container `muxer`."""
    plan = StreamPlan()
    _plan_audio(plan, clip, muxer)
    _plan_subtitles(plan, clip, muxer)
    _plan_cover_art(plan, clip, muxer)
    _plan_attachments(plan, clip, muxer)
    _note_the_rest(plan, clip, muxer)
    return plan


def _plan_audio(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    for number, stream in enumerate(clip.streams_of("audio")):
        if _holds_audio(muxer, stream.codec):
            plan.keep(stream, "a", number)
            if (muxer, stream.codec) == ("mp4", "flac"):
                plan.options["strict"] = "experimental"  # what ffmpeg before version 7 called it
            continue
        codec = _audio_encoder(muxer, stream.codec)
        plan.keep(stream, "a", number, codec)
        if codec in ("aac", "libopus"):
            plan.options[f"b:a:{number}"] = "256k"
        plan.notes.append(f"{muxer} cannot hold {stream.codec} sound; it is encoded as {codec}")


def _holds_audio(muxer: str, codec: str) -> bool:
    held = AUDIO.get(muxer)
    return held is None or codec in held or (muxer == "mov" and codec.startswith("pcm_"))


def _audio_encoder(muxer: str, codec: str) -> str:
    if muxer == "webm":
        return "libopus"
    if muxer == "avi":
        return "pcm_s16le"
    lossless = codec.startswith(LOSSLESS_AUDIO)
    return "alac" if lossless and muxer in ("mp4", "mov") else "aac"


def _plan_subtitles(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    held, text = SUBTITLES.get(muxer, (set(), None))
    number = 0
    for stream in clip.streams_of("subtitle"):
        if stream.codec in held:
            plan.keep(stream, "s", number)
        elif text is not None and stream.codec in TEXT_SUBTITLES:
            plan.keep(stream, "s", number, text)
            plan.notes.append(f"{muxer} cannot hold {stream.codec} subtitles; they become {text}")
        else:
            plan.notes.append(f"{muxer} cannot hold {stream.codec} subtitles; they are left out")
            continue
        number += 1


def _plan_cover_art(plan: StreamPlan, clip: Clip, muxer: str) -> None:
    covers = [stream for stream in clip.streams if stream.kind == "video" and stream.is_cover_art]
    if muxer not in COVER_ART:
        plan.notes.extend(f"{muxer} cannot hold cover art; it is left out" for _ in covers[:1])
    elif muxer == "matroska":
        plan.attach.extend(covers)
    else:
        for number, stream in enumerate(covers, start=1):
            plan.keep(stream, "v", number)
            plan.options[f"disposition:v:{number}"] = "attached_pic"


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
        plan.notes.append(f"only the first video stream is written; left out: {len(others)} more")
    data = [s for s in clip.streams_of("data") if not _is_chapter_track(s)]
    if muxer in TIMECODE:
        data = [stream for stream in data if not stream.is_timecode]
    if data:
        names = ", ".join(f"{s.index} ({s.metadata.get('handler_name', s.tag or s.codec)})" for s in data)
        plan.notes.append(f"data streams are left out: {names}")


def has_phone_tags(clip: Clip) -> bool:
    """Whether the file carries metadata that mp4 and mov only keep under its own keys when asked to."""
    return any(key.startswith(TAGS_OF_PHONES) for key in clip.metadata)
