"""Damaged and hostile files end in frames or in one clear line, in time, and leave nothing running."""

from __future__ import annotations

import io
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lipfx.errors import LipfxError
from lipfx.video.source import open_source
from tests.helpers import media

SECONDS = 20.0
PER_KIND = 72
SUFFIXES = (".mp4", ".mkv", ".mov", ".mpg", ".avi", ".webm", ".ts", ".gif")
PLAYLISTS = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n",
    b"ffconcat version 1.0\nfile '{url}'\n",
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 1 RTP/AVP 96\r\n",
    b'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
    b"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
)
URLS = (b"http://127.0.0.1:9/a.ts", b"/etc/passwd", b"tcp://127.0.0.1:9", b"../in.mp4", b"concat:a|b")

Mutation = Callable[[bytes, np.random.Generator], bytes]


def truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(1, len(data)))]


def bit_flipped(data: bytes, rng: np.random.Generator) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(0, len(data), int(rng.integers(1, 200)))
    changed[places] ^= (1 << rng.integers(0, 8, places.size)).astype(np.uint8)
    return changed.tobytes()


def damaged_header(data: bytes, rng: np.random.Generator) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(0, min(1500, len(data)), int(rng.integers(1, 12)))
    changed[places] = rng.integers(0, 256, places.size)
    return changed.tobytes()


def moved_pieces(data: bytes, rng: np.random.Generator) -> bytes:
    cuts = np.sort(rng.integers(0, len(data), 4))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return b"".join(pieces[index] for index in rng.permutation(len(pieces)))


def playlist(_data: bytes, rng: np.random.Generator) -> bytes:
    return PLAYLISTS[rng.integers(len(PLAYLISTS))].replace(b"{url}", URLS[rng.integers(len(URLS))])


def no_video(data: bytes, rng: np.random.Generator) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in.mp4", data)
    noise = rng.integers(0, 256, int(rng.integers(1, 5000)), dtype=np.uint8).tobytes()
    return (b"", b"plain text\n" * 50, archive.getvalue(), noise, b"\0" * 3000)[rng.integers(5)]


def other_beginning(data: bytes, rng: np.random.Generator) -> bytes:
    magic = (
        b"\x1aE\xdf\xa3",
        b"RIFF\xff\xff\xff\xffAVI ",
        b"OggS",
        b"\0\0\0 ftypisom",
        b"GIF89a",
        b"FLV\x01",
    )
    start = magic[rng.integers(len(magic))]
    return start + data[len(start) :]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small clip in each container."""
    folder = tmp_path_factory.mktemp("whole")
    sizes = dict.fromkeys(SUFFIXES, ("64x48", 12))
    made = {
        suffix: media.make(folder / f"in{suffix}", *media.moving(size, frames=frames), *media.tone(0.5))
        if suffix != ".gif"
        else media.make(folder / "in.gif", *media.moving(size, frames=frames))
        for suffix, (size, frames) in sizes.items()
    }
    return {suffix: path.read_bytes() for suffix, path in made.items()}


def outcome(path: Path) -> str:
    """What became of reading every frame of `path`: a word, or the kind of our error."""
    try:
        with open_source(path) as reader:
            for _ in reader:
                pass
    except LipfxError as error:
        message = str(error)
        return type(error).__name__ if "\n" not in message and str(path) in message else message
    return "damaged, but read" if reader.notes else "read"


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutate",
    [truncated, bit_flipped, damaged_header, moved_pieces, playlist, no_video, other_beginning],
)
def test_mutated_files(mutate: Mutation, clips: dict[str, bytes], tmp_path: Path) -> None:
    rng = np.random.default_rng(2024)
    outcomes: Counter[str] = Counter()
    for number in range(PER_KIND):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        path = tmp_path / f"{number:03d}{suffix}"
        path.write_bytes(mutate(clips[suffix], rng))
        start = time.monotonic()
        outcomes[outcome(path)] += 1
        assert time.monotonic() - start < SECONDS, path.name
        path.unlink()
    print(f"{mutate.__name__}: {dict(outcomes)}")  # noqa: T201 - `pytest -s` shows the counts
    assert list(tmp_path.iterdir()) == []
    readable = {"FfmpegError", "damaged, but read", "read"}  # noise may happen to be some codec's pictures
    assert set(outcomes) <= {"InputError", *(() if mutate is playlist else readable)}
