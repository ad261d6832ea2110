"""Owns the choice of codec, quality and pixel format for an output; must not know streams or processes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lipfx.core.values import Frame, PixelFormat
from lipfx.errors import OutputError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.fitting import EQUALS, choose_format, nearest_yuv
from lipfx.video.ffmpeg.hdr import hdr_parameters
from lipfx.video.ffmpeg.tools import encoder_formats, encoder_works, has_encoder
from lipfx.video.writing.lean import lean_parameters
from lipfx.video.writing.played import PLAYED, in_format, playable_target
from lipfx.video.writing.target import Target, output_tags

# A visually lossless constant quality for each encoder that has one.
DEFAULT_CRF = {
    "libx264": 18,
    "libx264rgb": 18,
    "libx265": 11,
    "libvpx-vp9": 18,
    "libsvtav1": 18,
    "libaom-av1": 16,
}
# Up to which encoders tell one quality from another; x264 takes any number for its last.
WORST_CRF = {"libx264": 51, "libx264rgb": 51, "libx265": 51} | dict.fromkeys(
    ("libvpx-vp9", "libsvtav1", "libaom-av1"), 63
)
HARDWARE = re.compile(r"_(nvenc|qsv|vaapi|videotoolbox|amf|v4l2m2m|omx|mf|vulkan|d3d12va)$")
# How hardware encoders call a constant quality; others take -crf.
QUALITY_OPTIONS = {"nvenc": "-cq", "qsv": "-global_quality", "videotoolbox": "-q:v", "vaapi": "-qp"}
# What stands in for a source's codec, best first.
FAMILIES = {
    "h264": ("libx264", "libx265"),
    "hevc": ("libx265", "libx264"),
    "vp8": ("libvpx-vp9",),
    "vp9": ("libvpx-vp9",),
    "av1": ("libsvtav1", "libaom-av1"),
    "prores": ("prores_ks",),
    "dnxhd": ("dnxhd",),
    "ffv1": ("ffv1",),
}
# Where a container takes but few codecs, these; of any family, those left at the end.
ONLY = {".webm": ("libvpx-vp9", "libaom-av1"), ".avi": ("libx264", "ffv1")}
LAST_RESORTS = {".mkv": ("libx264", "libx265", "ffv1"), ".mov": ("libx264", "libx265", "prores_ks")} | {
    ".mxf": ("prores_aw", "dnxhd")
}
WITH_ALPHA = {".mov": ("prores_ks",), ".webm": ("libvpx-vp9",), ".mkv": ("ffv1",)}
UNFIT = {
    ".mp4": ("prores_ks", "ffv1"),
    ".m4v": ("prores_ks", "ffv1", "libvpx-vp9"),
    ".mov": ("libvpx-vp9", "libsvtav1", "libaom-av1"),
    ".ts": ("prores_ks", "ffv1", "libvpx-vp9", "libsvtav1", "libaom-av1"),
    ".mxf": ("prores_ks", "libx264", "libx265", "ffv1", "libvpx-vp9", "libsvtav1", "libaom-av1"),
}
# Profiles of DNxHR, which has any size, by what it is given; those of DNxHD want few sizes and rates.
DNXHR = {"yuv422p": "dnxhr_hq", "yuv422p10le": "dnxhr_hqx"}
DNXHR_444 = "dnxhr_444"
# The same codec from an encoder that tells its profile, without which ffmpeg 5 writes no MXF.
IN_MXF = {"prores_ks": "prores_aw"}
SLIDE = 0.1  # seconds from which on a picture stays for long
CAN_CARRY_A_TURN = (".mp4", ".m4v", ".mov")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to encode; None leaves the choice to lipfx. `extra`: further options of ffmpeg, passed through.
    pixel_format: ffmpeg's name.
    """

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    extra: tuple[str, ...] = ()
    pixel_format: str | None = None


def choose_target(wanted: Encoding, clip: Clip, frame: Frame, suffix: str) -> Target:
    """The encoding for frames like `frame` into a file whose name ends in `suffix`.

    Raises: OutputError when no encoder can hold them, or the one asked for is not there.
    """
    wanted, notes = _in_software_where_needed(wanted)
    candidates = _candidates(wanted.codec, clip, frame.format, suffix)
    if wanted.pixel_format is not None:
        asked = in_format(wanted.pixel_format, candidates, clip, frame)
        return _finished(asked, wanted, clip, frame, notes, suffix)
    if wanted.codec is None and suffix in PLAYED:
        playable = playable_target(clip, frame)
        if playable is not None:
            return _finished(playable, wanted, clip, frame, notes, suffix)
    for choose in (_as_stored, _as_displayed, _converted):
        for codec in candidates:
            target = choose(codec, clip, frame, suffix)
            if target is not None:
                return _finished(target, wanted, clip, frame, notes, suffix)
    names = " or ".join(filter(has_encoder, candidates)) or f"no encoder for {suffix}"
    raise OutputError(
        f"frames of {frame.width}x{frame.height} in {frame.format.name} do not fit {names} in {suffix}; "
        "choose another --codec, or ffv1 with .mkv, which holds all"
    )


def ask_ahead(wanted: Encoding, clip: Clip, suffix: str) -> None:
    """Asks ffmpeg what `choose_target` will want to know of the first encoder that it tries.

    Raises: OutputError, FfmpegError: as `choose_target` then does.
    """
    wanted, _ = _in_software_where_needed(wanted)
    encoder_formats(_candidates(wanted.codec, clip, clip.pixel_format, suffix)[0])


def is_hardware(codec: str) -> bool:
    """Whether `codec` needs hardware that may be missing."""
    return HARDWARE.search(codec) is not None


def _in_software_where_needed(wanted: Encoding) -> tuple[Encoding, list[str]]:
    """What is wanted, in software where its hardware encoder does not work here, and what there is to say.

    Preset and further options mean nothing to another encoder and go.
    """
    if wanted.codec is None or not is_hardware(wanted.codec) or not has_encoder(wanted.codec):
        return wanted, []
    if encoder_works(wanted.codec):
        return wanted, []
    name = wanted.codec.split("_")[0]
    family = FAMILIES.get(name, FAMILIES["h264"])
    software = next(filter(has_encoder, family), family[-1])
    ignored = " without its --preset and --encoder-args" if wanted.preset or wanted.extra else ""
    note = f"{wanted.codec} does not work on this machine; {software} encodes instead{ignored}"
    return Encoding(software, wanted.crf), [note]


def _candidates(asked: str | None, clip: Clip, pixels: PixelFormat, suffix: str) -> Sequence[str]:
    """The encoders to try, best first, which this ffmpeg may lack; one asked for alone.

    Raises: OutputError when the one asked for is not there.
    """
    if asked is not None:
        asked = IN_MXF.get(asked, asked) if suffix == ".mxf" else asked
        if not has_encoder(asked):
            raise OutputError(f"this ffmpeg has no encoder {asked}; `ffmpeg -encoders` lists those it has")
        return (asked,)
    if pixels.alpha and pixels.rgb and suffix in WITH_ALPHA:
        return WITH_ALPHA[suffix]
    if suffix in ONLY:
        return ONLY[suffix]
    family = FAMILIES.get(clip.video.codec, FAMILIES["h264"])
    others = LAST_RESORTS.get(suffix, ("libx264", "libx265"))
    names = dict.fromkeys((*family, *others))
    return [name for name in names if name not in UNFIT.get(suffix, ())]


def _as_stored(codec: str, clip: Clip, frame: Frame, suffix: str) -> Target | None:
    """Pictures turned back to how the source stores them, where a turn would cost their chroma format."""
    stored = clip.orientation.inverse.pixel_format(frame.format)
    size = clip.orientation.size(frame.width, frame.height)
    if stored == frame.format or suffix not in CAN_CARRY_A_TURN:
        return None
    if choose_format(codec, frame.format, (frame.width, frame.height)) == frame.format.name:
        return None
    fitting = choose_format(codec, stored, size)
    tags = output_tags(clip, frame.colour)
    return None if fitting is None else Target(codec, fitting, stored, tags, turned_back=True)


def _as_displayed(codec: str, clip: Clip, frame: Frame, suffix: str) -> Target | None:
    pixels, size = frame.format, (frame.width, frame.height)
    if pixels.alpha and not _shows_alpha(codec, suffix):
        return None
    fitting = choose_format(codec, pixels, size)
    if pixels.chroma_shift_y > pixels.chroma_shift_x and (pixels.bits > 8 or fitting != pixels.name):
        # NUT has no name for deep 4:4:0, and swscale would interpolate: rows are repeated instead.
        pixels = replace(pixels, name=pixels.name.replace("440", "444"), chroma_shift_y=0)
        fitting = choose_format(codec, pixels, size)
    if fitting is None:
        return None
    notes: tuple[str, ...] = ()
    if fitting != frame.format.name and fitting not in EQUALS.get(frame.format.name, ()):
        words = f"{codec} does not take {frame.format.name} at {size[0]}x{size[1]}"
        notes = (f"{words}; it gets {fitting}, which holds the same",)
    return Target(codec, fitting, pixels, output_tags(clip, frame.colour), notes=notes)


def _converted(codec: str, clip: Clip, frame: Frame, suffix: str) -> Target | None:
    """RGB as YUV, and without transparency where there is no room for it."""
    pixels, size = frame.format, (frame.width, frame.height)
    others = (f for f in nearest_yuv(pixels) if not f.alpha or _shows_alpha(codec, suffix))
    fittings = (choose_format(codec, other, size) for other in others)
    fitting = next((name for name in fittings if name is not None), None)
    if fitting is None:
        return None
    lost = " without its transparency" if pixels.alpha and not fitting.startswith("yuva") else ""
    notes = (f"{codec} does not take {pixels.name}; it gets {fitting}{lost}",)
    tags = output_tags(clip, frame.colour)
    if pixels.rgb:
        tags = replace(tags, matrix="bt709", range="tv", primaries=tags.primaries or "bt709")
    return Target(codec, fitting, pixels, tags, converts=pixels.rgb, notes=notes)


def _shows_alpha(codec: str, suffix: str) -> bool:
    """Whether players find the transparency of `codec` in such a container."""
    return not codec.startswith("libvpx") or suffix in (".webm", ".mkv")


def _finished(
    target: Target, wanted: Encoding, clip: Clip, frame: Frame, notes: Sequence[str], suffix: str
) -> Target:
    option, parameters, lost = hdr_parameters(target.codec, clip, frame.colour)
    options = _options(target.codec, wanted)
    options = [*_profile(target, wanted, suffix), *options]
    if (suffix == ".avi" or _shows_slides(clip)) and target.codec.startswith(("libx264", "libx265")):
        # In AVI frames lie in the order in which they are shown, one a tick. And the last one can be given a
        # long time of its own only where it is written last.
        options += ["-bf", "0"]
    size = (frame.width, frame.height)
    parameters = {**lean_parameters(target.codec, size, wanted.preset, wanted.extra), **parameters}
    if target.codec == "libx265":
        option, parameters = "x265-params", {"log-level": "error", **parameters}
    if target.codec.startswith("libx264"):
        if clip.frame_rate is not None:  # the stream's own header then names the frame rate
            parameters = {"force-cfr": "1", **parameters}
        option = "x264-params" if parameters else None
    if option:
        options = _with_parameters(options, f"-{option}", parameters)
    return replace(target, options=tuple(options), notes=(*notes, *target.notes, *lost))


def _shows_slides(clip: Clip) -> bool:
    """Whether pictures stay for long, as in animated pictures, and at times of their own."""
    if clip.frame_rate is not None or clip.lasts_until is None:
        return False
    return not clip.frame_count or clip.duration > SLIDE * clip.frame_count


def _options(codec: str, wanted: Encoding) -> list[str]:
    options: list[str] = []
    crf = wanted.crf if wanted.crf is not None else DEFAULT_CRF.get(codec)
    if codec in WORST_CRF and crf is not None and not 0 <= crf <= WORST_CRF[codec]:
        raise OutputError(f"crf {crf:g} is no quality of {codec}; wanted 0, the best, to {WORST_CRF[codec]}")
    if crf is not None and (wanted.crf is not None or not _sets_rate(wanted.extra)):
        hardware = HARDWARE.search(codec)
        options += [QUALITY_OPTIONS.get(hardware[1], "-crf") if hardware else "-crf", f"{crf:g}"]
    if codec == "libvpx-vp9":
        options += ["-b:v", "0", "-row-mt", "1", "-cpu-used", "4"]
    if codec == "ffv1":
        options += ["-level", "3", "-slicecrc", "1"]
    if wanted.preset:
        options += ["-preset", wanted.preset]
    return [*options, *wanted.extra]


def _with_parameters(options: list[str], option: str, parameters: dict[str, str]) -> list[str]:
    """`options` with `parameters` in the encoder's own option, before what the user put there."""
    text = ":".join(f"{key}={value}" for key, value in parameters.items())
    if option in options:
        at = options.index(option) + 1
        return [*options[:at], f"{text}:{options[at]}", *options[at + 1 :]]
    return [*options, option, text]


def _profile(target: Target, wanted: Encoding, suffix: str) -> list[str]:
    """The profile, where an encoder's own choice fits too little, or MXF has to be told."""
    if _sets_profile(wanted.extra):
        return []
    if target.codec == "dnxhd":
        return ["-profile:v", DNXHR.get(target.pixel_format, DNXHR_444)]
    if target.codec == IN_MXF["prores_ks"] and suffix == ".mxf":
        return ["-profile:v", "3" if "422" in target.pixel_format else "4"]
    return []


def _sets_profile(extra: Sequence[str]) -> bool:
    return any(re.match(r"-(profile|b)(:v)?(:0)?$", word) for word in extra)


def _sets_rate(extra: Sequence[str]) -> bool:
    return any(re.match(r"-(crf|qp|cq|b|b:v|q:v|qscale:v|lossless)$", word) for word in extra)
