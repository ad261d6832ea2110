"""Owns what all writers promise, that an output is complete or not there; must not know kinds of output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType

from lipfx.core.values import Frame
from lipfx.errors import OutputError
from lipfx.video.clip import Clip


class FrameWriter(ABC):
    """Takes frames in order. A context manager: an error inside it leaves nothing behind.

    `notes`: what could not be kept, one line each, complete after the exit.
    """

    def __init__(self, path: Path, clip: Clip, *, overwrite: bool = False) -> None:
        self.path = path
        self.clip = clip
        self.overwrite = overwrite
        self.notes: list[str] = []
        self.frame_count = 0

    def __enter__(self) -> FrameWriter:
        self._prepare()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if not self.frame_count:
                    raise OutputError(f"{self.path}: no frame was given to write; nothing was written")
                self._finish()
        finally:
            self._abandon()

    def begin(self, frame: Frame) -> None:  # noqa: B027 - most writers have nothing to begin with
        """Makes ready for frames like `frame`, without waiting for it. May be left out.

        Only the frame's size, format, colour and time base count. What goes wrong is raised by `write`.
        """

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Raises: OutputError when nothing can hold such frames; FfmpegError when the encoder fails."""

    @abstractmethod
    def _prepare(self) -> None:
        """Raises: OutputError when the output may not be written."""

    @abstractmethod
    def _finish(self) -> None:
        """Completes the output and gives it its name."""

    @abstractmethod
    def _abandon(self) -> None:
        """Ends what still runs and removes what has no final name. Safe to call after `_finish`."""
