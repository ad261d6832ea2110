"""Owns what becomes of each sound of a source in a container; must not know pictures or subtitles."""

from __future__ import annotations

from dataclasses import dataclass, field

from lipfx.video.clip import Clip, Stream
from lipfx.video.ffmpeg.tools import decodable_codecs
from lipfx.video.writing.channels import fit
from lipfx.video.writing.cut import Cut

# Codecs that each container holds as they are; containers not listed hold all.
HELD = {
    "mp4": {"aac", "ac3", "eac3", "alac", "mp3", "mp2", "opus", "flac", "dts"},
    "mov": {"aac", "ac3", "eac3", "alac", "mp3", "mp2", "amr_nb", "amr_wb", "adpcm_ima_qt"},
    "webm": {"opus", "vorbis"},
    "avi": {"mp3", "mp2", "ac3", "aac", "pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le"},
    "mxf": {"pcm_s16le", "pcm_s24le"},
    "mpegts": {"aac", "ac3", "eac3", "mp2", "mp3", "opus", "dts"},
}
LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "tta", "truehd", "mlp")
EDITED = ("mp4", "mov")  # containers with edit lists
UNTIMED = ("avi", "mxf")  # containers whose sound has no times
MXF_RATE = 48000  # Hz
PRIMING, PRIMING_SAMPLES = 0.06, 2112
"""Seconds, or samples where those last longer, that an encoder puts before its first sound, at most (2112
is what Apple's AAC has); what an edit list hides beyond was cut.
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """codec: the encoder, `copy`, or None for what is left out. options: of ffmpeg, by name, and `words`."""

    codec: str | None
    options: dict[str, str] = field(default_factory=dict)
    words: str = ""


def plan_sound(stream: Stream, clip: Clip, muxer: str, cut: Cut) -> Sound:
    """What becomes of `stream` in the container `muxer`."""
    if stream.codec in ("unknown", "none"):
        return Sound(
            None, words=f"sound {stream.index} is in a codec that this ffmpeg does not know; it is left out"
        )
    reason = _reason(stream, clip, muxer, cut)
    if not reason:
        strict = (muxer, stream.codec) == ("mp4", "flac")  # what ffmpeg before version 7 called it
        return Sound("copy", {"strict": "experimental"} if strict else {})
    if stream.codec not in decodable_codecs():
        return Sound(None, words=f"{reason}, and this ffmpeg cannot decode it; it is left out")
    return _encoded(stream, muxer, cut, reason)


def hides_a_start(stream: Stream) -> bool:
    """Whether an edit list hides more of a sound's beginning than its encoder put there."""
    samples = PRIMING_SAMPLES / stream.sample_rate if stream.sample_rate else 0.0
    return stream.hidden > max(PRIMING, samples) + 1e-4


def _reason(stream: Stream, clip: Clip, muxer: str, cut: Cut) -> str:
    """Why a sound cannot go along as it is; empty where it can."""
    held = HELD.get(muxer)
    if (
        held is not None
        and stream.codec not in held
        and not (muxer == "mov" and stream.codec.startswith("pcm_"))
    ):
        return f"{muxer} cannot hold {stream.codec} sound"
    if stream.spliced:
        return f"an edit list hides parts of {stream.codec} sound {stream.index}"
    if muxer == "mxf" and stream.sample_rate != MXF_RATE:
        return f"mxf wants {MXF_RATE} Hz"
    if muxer in UNTIMED and (clip.container != muxer or cut.start):
        return f"{muxer} cannot say when {stream.codec} sound begins"
    return ""


def _encoded(stream: Stream, muxer: str, cut: Cut, reason: str) -> Sound:
    codec = _encoder(muxer, stream.codec)
    fitting = fit(stream.layout, stream.channels, codec)
    if not fitting.possible and muxer == "mov":
        codec, fitting = "pcm_s24le", fit(stream.layout, stream.channels, "pcm_s24le")
    if not fitting.possible:
        return Sound(
            None, words=f"{reason}, and {codec} does not take {stream.channels} channels; it is left out"
        )
    filters = [fitting.filter] if fitting.filter else []
    if muxer in UNTIMED:
        filters.append(
            "aresample=async=1:first_pts=0"
        )  # silence where there is none, from the first frame on
    if cut != Cut():
        filters.append("atrim=start=0" + (f":end={cut.length:.6f}" if cut.end is not None else ""))
    options = dict(fitting.options or {}) | ({"ar": str(MXF_RATE)} if muxer == "mxf" else {})
    if codec in ("aac", "libopus"):
        options["b"] = f"{max(256, 64 * stream.channels)}k"
    if filters:
        options["filter"] = ",".join(filters)
    words = f"{reason}; it is encoded as {codec}" if codec != stream.codec else ""
    if fitting.words:
        words = f"{words or reason}; {fitting.words}"
    return Sound(codec, options, words)


def _encoder(muxer: str, codec: str) -> str:
    if muxer == "webm":
        return "libopus"
    if muxer == "mxf":
        deep = codec.startswith(LOSSLESS) and codec != "pcm_s16le"
        return "pcm_s24le" if deep else "pcm_s16le"
    if muxer == "avi":
        return codec if codec in HELD["avi"] and codec.startswith("pcm_") else "pcm_s16le"
    if muxer == "matroska":
        return "flac" if codec.startswith(LOSSLESS) else "aac"
    return "alac" if codec.startswith(LOSSLESS) and muxer in ("mp4", "mov") else "aac"
