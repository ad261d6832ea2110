"""Owns the job of `lipfx compare`: two clips in one, to look at; must not know effects."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from lipfx.core.temporary import check_output
from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.errors import InputError
from lipfx.pipeline.analysed import analysed
from lipfx.pipeline.footage import decoded
from lipfx.pipeline.joined import GAIN, JOINED, overlaid
from lipfx.pipeline.mattes import MaskOptions, draw
from lipfx.pipeline.moving import plain
from lipfx.pipeline.options import Progress, SourceOptions
from lipfx.pipeline.preview import to_rgb
from lipfx.pipeline.sheet import CAPTION, Picture, captioned
from lipfx.video.source import FrameReader, open_source, open_writer
from lipfx.video.stills.images import to_frame
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

Layout = Literal["side", "wipe", "difference", "matte"]
EDGE = 6
"""Pixels between a label and the picture's edge."""

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class CompareOptions(SourceOptions):
    """How `compare` shows two clips. layout: before beside after, a line that wipes, the difference, or after
    under the matte of the lips in before. labels: names, time and frame are burnt in. height: pixels of each
    picture, None as they are. overwrite: replace an existing output.
    """

    layout: Layout = "side"
    labels: bool = True
    height: int | None = None
    overwrite: bool = False


def compare(
    before: Path,
    after: Path,
    output: Path,
    options: CompareOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
) -> int:
    """Writes a film of two clips, frame by frame, with the sound of the first; how many frames it has.

    `start` and `end` are of `before` alone: the clip that was made of a part begins with it.

    Raises:
        InputError: one of them is of pictures that stand alone.
        LipfxError: see `lipfx.errors`.
    """
    options = options or CompareOptions()
    first, second = options.open(before), open_source(after)
    for reader in (first, second):
        if reader.clip.still:
            raise InputError(f"{reader.clip.path} is a picture; compare takes clips, preview shows pictures")
    check_output(output, (*first.clip.inputs, *second.clip.inputs, *options.inputs), options.overwrite)
    film, count = _Film(options, first, second), 0
    cut, encoding = Cut(options.start, options.end), Encoding(None, 18, "veryfast", (), "yuv420p")
    with ExitStack() as stack:
        writer = stack.enter_context(
            open_writer(output, plain(first.clip), encoding, cut=cut, overwrite=options.overwrite)
        )
        if options.layout == "matte":
            frames = stack.enter_context(analysed(first, options, progress))
        else:
            frames = _faceless(stack.enter_context(first))
        others = decoded(stack.enter_context(second), Work())
        for frame, faces in frames:
            other = next(others, None)
            if other is None:
                log.warning("%s ends after %d frames, before %s does", after, count, before)
                break
            shown = to_frame(film.picture(frame, other, faces), frame.index)
            writer.write(replace(shown, pts=frame.pts, time_base=frame.time_base, duration=frame.duration))
            count += 1
            progress(count, options.frames_of(first.clip))
    return count


def _faceless(reader: FrameReader) -> Iterator[tuple[Frame, FrameFaces]]:
    for frame in decoded(reader, Work()):
        yield frame, FrameFaces(frame.index, frame.time, ())
        del frame


class _Film:
    """Draws the frames of a comparison."""

    def __init__(self, options: CompareOptions, before: FrameReader, after: FrameReader) -> None:
        self._options = options
        self._names = (before.clip.path.name, after.clip.path.name)
        clip = before.clip
        aspect, height = float(clip.sample_aspect_ratio or 1), options.height or clip.height
        width = clip.width * aspect * height / clip.height
        self._size = (max(2, round(width / 2) * 2), max(2, round(height / 2) * 2))

    def picture(self, before: Frame, after: Frame, faces: FrameFaces) -> Picture:
        """One frame, both sides even as encoders want them."""
        shown = self._sized(to_rgb(after))
        if self._options.layout == "matte":
            matte = np.asarray(draw(before, faces.faces, MaskOptions()), np.uint8)
            joined = overlaid(shown, self._sized(matte))
        else:
            joined = JOINED[self._options.layout](self._sized(to_rgb(before)), shown, before.time)
        return captioned(joined, self._labels(before)) if self._options.labels else joined

    def _sized(self, picture: Picture) -> Picture:
        if (picture.shape[1], picture.shape[0]) == self._size:
            return picture
        way = cv2.INTER_AREA if picture.shape[0] > self._size[1] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(picture, self._size, interpolation=way), np.uint8)

    def _labels(self, frame: Frame) -> list[tuple[str, int, int]]:
        """Texts and their places: names above, time and frame below."""
        before, after = self._names
        width, height = self._size
        when = (f"{frame.time:.3f} s, frame {frame.index}", EDGE, height - CAPTION)
        names = {
            "side": [(before, EDGE, 0), (after, width + EDGE, 0)],
            "wipe": [(f"{after} | {before}", EDGE, 0)],
            "difference": [(f"{after} - {before}, {GAIN:g} times", EDGE, 0)],
            "matte": [(f"{after}, lips of {before}", EDGE, 0)],
        }
        return [*names[self._options.layout], when]
