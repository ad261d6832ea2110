"""Owns decoding some frames in the middle of a clip as they are when all is decoded; must not know why.

A decoder begins at a key frame before them. That this gives the same pictures is not taken on trust, for it
depends on the codec, the encoder and the file: each is held against its checksum, and where one differs, or
nothing can be sought, the clip is decoded from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from lipfx.core.values import Frame
from lipfx.errors import FfmpegError, InputError
from lipfx.video.clip import Clip
from lipfx.video.decoder import decoder_command
from lipfx.video.ffmpeg.process import Process
from lipfx.video.reader import OtherPictures, Reader
from lipfx.video.table import FrameTable


class PartReader(Reader):
    """The frames of a table, with the indices, times and durations that it tells; see `Reader`."""

    def __init__(self, clip: Clip, table: FrameTable, *, deinterlace: bool = False) -> None:
        super().__init__(clip, deinterlace=deinterlace)
        self.table = table
        self.sought = False
        """Whether decoding could begin in the middle."""

    def __enter__(self) -> PartReader:
        self._frames = self._known()
        return self

    def _known(self) -> Iterator[Frame]:
        """Raises: InputError: the clip is not the one that the table was made of."""
        table, done = self.table, 0
        for sought in (True, False):
            for frame in self._from_key_frame() if sought else self._decode():
                early = frame.pts < table.pts[0] if sought else frame.index < table.first + done
                if early and not (sought and done):
                    continue
                if not table.has(frame, done):
                    break
                yield replace(frame, index=table.first + done, duration=table.durations[done])
                done += 1
                if done == len(table):
                    self.sought = sought
                    return
        raise InputError(
            f"{self.clip.path} has changed since its frames were counted: frame {table.first + done} is "
            "another one; run the command again"
        )

    def _from_key_frame(self) -> Iterator[Frame]:
        """Frames from the key frame before the table's first one on, as far as they can be had."""
        if not self.table.first or self.clip.restarts:
            return
        time = float(self.table.pts[0] * self.table.time_base)
        self._process = Process(decoder_command(self.clip, self._deinterlace, after=time))
        try:
            with suppress(FfmpegError, OtherPictures):
                yield from self._read(self._process, 0)
        finally:
            self._process.stop()
