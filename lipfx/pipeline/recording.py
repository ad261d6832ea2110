"""Owns recordings of what a live run shows; must not know where its pictures come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import TracebackType

from lipfx.core.temporary import check_output
from lipfx.core.values import Frame
from lipfx.video.clip import live_clip
from lipfx.video.source import open_writer
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.muxing import muxer_for
from lipfx.video.writing.output import FrameWriter

ENCODING = Encoding(preset="veryfast", pixel_format="yuv420p")
"""What keeps up with a camera, and plays everywhere."""


class Recorder:
    """One recording at a time, each in a file of its own. A context manager.

    One that has ended is completed aside, while the next pictures are shown; an error of that is raised at
    the next start or when the block is left. An error inside the block leaves nothing of the recording that
    runs. `files`: those that are complete.
    """

    def __init__(
        self, path: Path, aspect: Fraction | None, *, inputs: Sequence[Path] = (), overwrite: bool = False
    ) -> None:
        """path: of the first recording; those that follow get numbers. aspect: of a pixel, None for square.
        inputs: files that must not be written.

        Raises: OutputError: nothing can be recorded there.
        """
        muxer_for(path)
        check_output(path, inputs, overwrite)
        self.files: list[Path] = []
        self._names = _names(path)
        self._overwrite = overwrite
        self._aspect = aspect
        self._told = ""
        self._path: Path | None = None
        self._writer: FrameWriter | None = None
        self._first = self._last = Fraction(0)
        self._aside = ThreadPoolExecutor(1, "lipfx-recording")
        self._ending: list[tuple[Path, Future[None]]] = []

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None and self._writer is not None:
                self._writer.__exit__(kind, error, trace)
            elif self.running:
                self.stop()
        finally:
            self._aside.shutdown()
        if error is None:
            self._collect()

    @property
    def running(self) -> bool:
        return self._path is not None

    @property
    def seconds(self) -> float:
        """How long the recording that runs is."""
        return float(self._last - self._first)

    def start(self, told: str) -> None:
        """The next pictures are recorded. told: how they are made, for the metadata."""
        self._collect(done=True)
        self._path = next(self._names)
        self._told = told
        self._first = self._last = Fraction(0)

    def write(self, frame: Frame) -> None:
        """Records a picture, at its time after the first one.

        Raises: LipfxError: as of the writer.
        """
        if self._path is None:
            return
        if self._writer is None:
            writer = open_writer(
                self._path,
                live_clip(frame, self._aspect),
                ENCODING,
                overwrite=self._overwrite,
                provenance=self._told,
            )
            writer.__enter__()
            self._writer, self._first = writer, frame.pts * frame.time_base
            self._overwrite = False
        self._last = frame.pts * frame.time_base
        self._writer.write(replace(frame, pts=frame.pts - round(self._first / frame.time_base)))

    def stop(self) -> None:
        """The recording is over; one without a picture has never been."""
        path, writer = self._path, self._writer
        self._path = self._writer = None
        if path is not None and writer is not None:
            self._ending.append((path, self._aside.submit(writer.__exit__, None, None, None)))

    def _collect(self, *, done: bool = False) -> None:
        """Takes what has been completed; done: what is still under way may stay so."""
        for path, ending in [pair for pair in self._ending if not done or pair[1].done()]:
            self._ending.remove((path, ending))
            ending.result()
            self.files.append(path)


def _names(path: Path) -> Iterator[Path]:
    """`path`, and then free names beside it with numbers."""
    yield path
    for number in count(2):
        name = path.with_stem(f"{path.stem}-{number}")
        if not name.exists():
            yield name
