"""Owns the job of `lipfx preview`: chosen frames before and after a chain; must not know the command line.

Only what lies around a chosen frame is analysed, so that a long clip is previewed as quickly as a short one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Literal

import numpy as np

from lipfx.core import helen56
from lipfx.core.bands import bands
from lipfx.core.geometry import transform
from lipfx.core.planar import read_alpha, read_patch
from lipfx.core.rooms import growing
from lipfx.core.temporary import check_output, publish
from lipfx.core.values import Face, Frame, FrameFaces, Space
from lipfx.core.work import Work
from lipfx.effects.base import Effect, Reach, reach_of
from lipfx.effects.personal import check_names
from lipfx.errors import UsageError
from lipfx.pipeline.analysed import meant
from lipfx.pipeline.beside import Beside, beside
from lipfx.pipeline.faces import follower
from lipfx.pipeline.footage import ClipFootage, networks_for
from lipfx.pipeline.glimpse import Glimpse, end_of, shown_at
from lipfx.pipeline.mattes import MaskOptions, draw
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.pipeline.sheet import Cell, Picture, fitted, marked, sheet, zoom_on, zoomed
from lipfx.pipeline.stage import Stage
from lipfx.video.clip import Clip
from lipfx.video.source import FrameReader
from lipfx.video.stills.images import write_pixels
from lipfx.video.stills.naming import is_picture

Show = Literal["mask", "landmarks"]
Layout = Literal["side", "wipe"]
Span = tuple[float, float]

BEFORE, AFTER = 1.0, 0.5
"""Seconds around a chosen frame that are analysed with it: enough to steady and fade as in the whole clip."""

MOST_FACES = 4
CHECKS = 8
"""Pixels of the squares on which transparency is shown."""


@dataclass(frozen=True, slots=True)
class PreviewOptions(SourceOptions):
    """What `preview` shows. count: frames, spread evenly, unless `at` gives their times in seconds.
    show: what is added beside the mouth. layout: of a film, before beside after, or wiped over it.
    overwrite: replace an existing output.
    """

    count: int = 4
    at: tuple[float, ...] = ()
    show: tuple[Show, ...] = ()
    layout: Layout = "side"
    overwrite: bool = False


def preview(
    chain: Sequence[Effect],
    source: Path,
    output: Path,
    options: PreviewOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
    watch: Watch = NOBODY,
) -> None:
    """Writes a contact sheet of chosen frames, before and after a chain, whole and close to the mouth.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = options or PreviewOptions()
    check_names(chain, options.choice.persons)
    if not is_picture(output):
        raise UsageError(
            f"{output} is no preview; end it in .png for a sheet, .html for a page or .mp4 for a film"
        )
    reader = options.open(source)
    about = beside(reader.clip, chain)
    Stage(chain, about=about)  # refuses a wrong chain at once
    check_output(output, (*reader.clip.inputs, *options.inputs), options.overwrite)
    times = chosen_times(reader.clip, options)
    aspect = float(reader.clip.sample_aspect_ratio or 1)
    rows: list[list[Cell | None]] = []
    reach = Reach() if reader.clip.still else reach_of(chain)
    near = _around(reader, times, options, progress)
    for done, glimpse in enumerate(shown_at(near, times, reach), start=1):
        watch.see(*glimpse.item)
        frame = glimpse.frame
        name = (
            reader.name_of(frame.index) if reader.clip.still else f"{frame.time:.2f} s, frame {frame.index}"
        )
        rows += frame_rows(glimpse, chain, about, name, options.show, aspect)
        progress(done, len(times))
    _write(output, sheet(rows), overwrite=options.overwrite)


def chosen_times(clip: Clip, options: PreviewOptions) -> tuple[float, ...]:
    """The times of the frames to show, in seconds, in order.

    Raises:
        UsageError: the clip has no frame at a time that was asked for.
    """
    first, last = options.start or 0.0, min(options.end or clip.duration, clip.duration)
    if not options.at:
        length = max(last - first, 0.0)
        return tuple(first + length * (k + 0.5) / options.count for k in range(options.count))
    for time in options.at:
        if not first <= time < last:
            raise UsageError(
                f"--at {time:g} is not within {first:g} to {last:g} s of {clip.path}; choose another time"
            )
    return tuple(sorted(options.at))


def spans_around(times: Iterable[float], before: float, after: float) -> list[Span]:
    """Stretches of time from `before` to `after` seconds around each of `times`; those that meet are one."""
    spans: list[Span] = []
    for time in times:
        if spans and time - before <= spans[-1][1]:
            spans[-1] = (spans[-1][0], time + after)
        else:
            spans.append((time - before, time + after))
    return spans


def _around(
    reader: FrameReader, times: Sequence[float], options: SourceOptions, progress: Progress
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Frames near `times`, with their faces; every stretch of them is followed on its own."""
    spans = spans_around(times, *((0.0, 0.0) if reader.clip.still else (BEFORE, AFTER)))
    work = Work()
    footage = ClipFootage(reader, options, progress, work)
    networks = networks_for(reader, options, work)
    looks = networks.looks(options.choice)
    with follower(footage, networks, options.choice, looks) as follow, reader:
        stretches = groupby(_until(reader, spans[-1][1]), lambda frame: _span_of(frame, spans))
        found = (item for span, stretch in stretches if span is not None for item in follow(stretch))
        yield from meant(found, options, reader.clip.clock)


def _until(frames: Iterable[Frame], end: float) -> Iterator[Frame]:
    for frame in frames:
        yield frame
        if end_of(frame) > end:
            return


def _span_of(frame: Frame, spans: Sequence[Span]) -> int | None:
    """The first stretch in which a frame is shown."""
    return next(
        (k for k, (start, end) in enumerate(spans) if frame.time <= end and end_of(frame) > start), None
    )


def frame_rows(
    glimpse: Glimpse,
    chain: Sequence[Effect],
    about: Beside,
    name: str,
    show: Sequence[Show] = (),
    aspect: float = 1.0,
) -> list[list[Cell | None]]:
    """The rows of one frame: it and its first mouth, then a row for every further mouth."""
    frame, faces = glimpse.frame, glimpse.faces
    before = to_rgb(frame)
    matte = np.asarray(draw(frame, faces, MaskOptions()), np.uint8)
    after = to_rgb(glimpse.made_up(chain, about))
    whole = [Cell(f"{name}: before", fitted(before, aspect)), Cell("after", fitted(after, aspect))]
    if not faces:
        return [[replace(whole[0], caption=f"{name}: no face found"), whole[1]]]
    rows: list[list[Cell | None]] = []
    layers: dict[str, Picture] = {"before": before, "after": after, "mask": np.dstack([matte] * 3)}
    largest = sorted(faces, key=lambda f: -f.mouth_width)[:MOST_FACES]
    for face in sorted(largest, key=lambda f: f.track_id):
        rows.append([*(whole if not rows else [None, None]), *_mouth_cells(face, layers, show, aspect)])
    return rows


def _mouth_cells(face: Face, layers: dict[str, Picture], show: Sequence[Show], aspect: float) -> list[Cell]:
    affine = zoom_on(face.points[helen56.OUTER], face.mouth_width, aspect)
    near = {name: zoomed(picture, affine) for name, picture in layers.items()}
    cells = [Cell(f"face {face.track_id}: before", near["before"]), Cell("after", near["after"])]
    if "mask" in show:
        cells.append(Cell("mask", near["mask"]))
    if "landmarks" in show:
        points = transform(affine, face.points)
        about = f"landmarks, head {face.head}, confidence {face.confidence:.2f}"
        cells.append(Cell(about, marked(near["before"], [points[helen56.OUTER], points[helen56.INNER]])))
    return cells


def to_rgb(frame: Frame) -> Picture:
    """(h, w, 3) uint8 encoded RGB of a frame as a screen shows it; transparency over grey squares."""
    picture = np.empty((frame.height, frame.width, 3), np.uint8)
    for band in bands(frame.width, frame.height):
        rgb = np.clip(read_patch(frame, band.box, Space.ENCODED), 0, 1)
        if frame.format.alpha:
            rows = np.arange(band.box.y0, band.box.y1)[:, None] // CHECKS
            columns = np.arange(frame.width) // CHECKS
            paper = np.where((rows + columns) % 2, 0.6, 0.4)[..., None]
            rgb = paper + (rgb - paper) * read_alpha(frame, band.box)[..., None]
        picture[band.rows] = np.round(rgb[band.part] * 255)
    return picture


def _write(output: Path, picture: Picture, *, overwrite: bool) -> None:
    """Writes the sheet; it appears under its name when it is complete."""
    with growing(output) as new:
        write_pixels(new, picture)
        publish(new, output, overwrite=overwrite)
