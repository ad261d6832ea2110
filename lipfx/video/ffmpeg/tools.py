"""Owns finding ffmpeg and ffprobe and asking what they can do; must not know clips or frames."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache

from lipfx.errors import FfmpegError, MissingToolError

OLDEST_FFMPEG = (5, 1)
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
    found = re.match(r"ffmpeg version n?(\d+(?:\.\d+)*)", _query("-version"))
    return tuple(int(part) for part in found[1].split(".")) if found else None


def check_ffmpeg() -> None:
    """Raises: MissingToolError when ffmpeg or ffprobe is missing or older than OLDEST_FFMPEG."""
    find_tool("ffprobe")
    version = ffmpeg_version()
    if version is not None and version < OLDEST_FFMPEG:
        found, wanted = (".".join(map(str, v)) for v in (version, OLDEST_FFMPEG))
        raise MissingToolError(f"ffmpeg {found} is too old, {wanted} or newer is wanted; {INSTALL_HINT}")


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
    """ffmpeg's names of the pixel formats that `encoder` takes; empty when it takes any or none is listed.

    Raises: MissingToolError, FfmpegError.
    """
    found = re.search(r"Supported pixel formats: (.*)", _about(encoder))
    return tuple(found[1].split()) if found else ()


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
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=QUERY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FfmpegError(f"ffmpeg does not run: {error}; reinstall it", command, "") from error
    if done.returncode:
        raise FfmpegError(
            f"ffmpeg fails with status {done.returncode}; reinstall it", command, done.stderr[-2000:]
        )
    return done.stdout
