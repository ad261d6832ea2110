"""Owns finding ffmpeg and ffprobe and asking what they can do; must not know clips or frames."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache

from lipfx.errors import FfmpegError, MissingToolError
from lipfx.video.ffmpeg.children import known, start

OLDEST_FFMPEG = (5, 1)
FILTERS_COUNT_AS_ENCODERS = (6, 1)
"""From here on bit stream filters see the encoder's clock; before, the container's."""
EXPERIMENTAL = {"libvpx-vp9": re.compile(r"gbrap.*|yuva(?!420p$).*")}
"""Pixel formats that an encoder lists since ffmpeg 9 and refuses without -strict experimental."""
QUERY_SECONDS = 120.0  # a busy machine is no fault of ffmpeg's
INSTALL_HINT = "install it with `sudo apt install ffmpeg` (Debian, Ubuntu) or `brew install ffmpeg` (macOS)"


def find_tool(name: str) -> str:
    """Path of the program `name` (ffmpeg or ffprobe).

    Raises: MissingToolError when it is not on PATH.
    """
    path = shutil.which(name)
    if path is None:
        raise MissingToolError(f"{name} was not found on PATH; {INSTALL_HINT}")
    return path


def ffmpeg_version() -> tuple[int, ...] | None:
    """Version of the ffmpeg on PATH, such as (5, 1, 9); None for a development build without a number.

    Raises: MissingToolError, FfmpegError.
    """
    found = re.match(r"ffmpeg version (\S+)", _query("-version"))
    return _numbers(found[1]) if found else None


def check_ffmpeg() -> None:
    """Raises: MissingToolError when ffmpeg or ffprobe is missing or older than OLDEST_FFMPEG; FfmpegError."""
    find_tool("ffprobe")
    refuse_old("ffmpeg", ffmpeg_version())


def refuse_old(tool: str, version: str | tuple[int, ...] | None) -> None:
    """version: what `tool` says its version is, or its numbers; None is a build without any.

    Raises: MissingToolError when it is older than OLDEST_FFMPEG.
    """
    numbers = _numbers(version) if isinstance(version, str) else version
    if numbers is not None and numbers < OLDEST_FFMPEG:
        found, wanted = (".".join(map(str, v)) for v in (numbers, OLDEST_FFMPEG))
        raise MissingToolError(f"{tool} {found} is too old, {wanted} or newer is wanted; {INSTALL_HINT}")


def _numbers(version: str) -> tuple[int, ...] | None:
    found = re.match(r"n?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def filters_count_as_encoders() -> bool:
    """Whether bit stream filters count time by the encoder's clock, not by the container's.

    Raises: MissingToolError, FfmpegError.
    """
    version = ffmpeg_version()
    return version is None or version >= FILTERS_COUNT_AS_ENCODERS


def list_encoders() -> frozenset[str]:
    """Names of all encoders that this ffmpeg was built with.

    Raises: MissingToolError, FfmpegError.
    """
    return frozenset(re.findall(r"^ [VASFXBD.]{6} (\S+)", _query("-hide_banner", "-encoders"), re.MULTILINE))


def has_encoder(encoder: str) -> bool:
    """Whether this ffmpeg was built with `encoder`.

    Raises: MissingToolError, FfmpegError.
    """
    return _about(encoder).startswith(f"Encoder {encoder} [")


def has_decoder(decoder: str) -> bool:
    """Whether this ffmpeg was built with `decoder`.

    Raises: MissingToolError, FfmpegError.
    """
    about = _query("-hide_banner", "-h", f"decoder={decoder}")
    return re.match(rf"Decoder {re.escape(decoder)} \[", about) is not None


def decodable_codecs() -> frozenset[str]:
    """ffmpeg's names of all codecs that it has a decoder for.

    Raises: MissingToolError, FfmpegError.
    """
    return frozenset(
        re.findall(r"^ D.[VASDT][I.][L.][S.] (\S+)", _query("-hide_banner", "-codecs"), re.MULTILINE)
    )


def encoder_layouts(encoder: str) -> tuple[str, ...]:
    """ffmpeg's names of the channel layouts that `encoder` takes; empty when it lists none.

    Raises: MissingToolError, FfmpegError.
    """
    found = re.search(r"Supported channel layouts: (.*)", _about(encoder))
    return tuple(found[1].split()) if found else ()


def encoder_formats(encoder: str) -> tuple[str, ...]:
    """ffmpeg's names of the pixel formats that `encoder` takes without more ado; empty when it lists none.

    Raises: MissingToolError, FfmpegError.
    """
    found = re.search(r"Supported pixel formats: (.*)", _about(encoder))
    experimental = EXPERIMENTAL.get(encoder)
    names = found[1].split() if found else ()
    return tuple(name for name in names if not experimental or not experimental.fullmatch(name))


def encoder_works(encoder: str) -> bool:
    """Whether `encoder` encodes a few small frames here; hardware ones may be listed but not usable."""
    picture = ("-f", "lavfi", "-i", "color=size=320x240:rate=25:duration=0.2")
    try:
        _query("-hide_banner", "-v", "error", *picture, "-c:v", encoder, "-f", "null", "-")
    except FfmpegError:
        return False
    return True


def _about(encoder: str) -> str:
    """What this ffmpeg says of `encoder`: one answer for all questions, since each takes a process."""
    return _query("-hide_banner", "-h", f"encoder={encoder}")


def _query(*arguments: str) -> str:
    return _answer(find_tool("ffmpeg"), *arguments)


@lru_cache(maxsize=64)
def _answer(*command: str) -> str:
    """What a command prints, asked once."""
    try:
        with (
            start(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            ) as child,
            known(child.pid),
        ):
            answer, words = child.communicate(timeout=QUERY_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FfmpegError(f"ffmpeg does not run: {error}; reinstall it", command, "") from error
    if child.returncode:
        raise FfmpegError(
            f"ffmpeg fails with status {child.returncode}; reinstall it", command, words[-2000:]
        )
    return str(answer)
