"""Owns previews of all frames: a page with tracks over time, a small film; must not know the command line.

A contact sheet analyses what lies around its frames alone; here the whole part of the clip passes by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain as one_after_another
from pathlib import Path

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.rooms import growing
from lipfx.core.temporary import check_output, publish
from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import Effect, Reach, reach_of
from lipfx.effects.personal import check_names
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.beside import Beside, beside
from lipfx.pipeline.findings import Findings
from lipfx.pipeline.glimpse import Glimpse, shown_at
from lipfx.pipeline.joined import JOINED
from lipfx.pipeline.options import Progress, Watch
from lipfx.pipeline.page import Page, Row, Shot
from lipfx.pipeline.preview import PreviewOptions, chosen_times, to_rgb
from lipfx.pipeline.sheet import Picture, fitted, zoom_on, zoomed
from lipfx.pipeline.stage import Stage
from lipfx.video.clip import Clip
from lipfx.video.orientation import Orientation
from lipfx.video.source import FrameReader, open_writer
from lipfx.video.stills.images import to_frame
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

FACELESS = "effects on mouths leave it as it was"


def preview_page(
    variants: Mapping[str, Sequence[Effect]],
    source: Path,
    output: Path,
    options: PreviewOptions,
    *,
    progress: Progress,
    watch: Watch,
) -> None:
    """Writes one HTML page: chosen frames before and after each of the chains, and all tracks over time.

    Raises: LipfxError: see `lipfx.errors`.
    """
    reader = options.open(source)
    about = beside(reader.clip, one_after_another(*variants.values()))
    for chain in variants.values():
        _stage(chain, options, about)  # refuses a wrong one at once
    check_output(output, (*reader.clip.inputs, *options.inputs), options.overwrite)
    clip, findings = reader.clip, Findings()
    aspect = float(clip.sample_aspect_ratio or 1)
    times = chosen_times(clip, options)
    page = Page(source.name, "", list(variants))
    with analysed(reader, options, progress) as frames:
        passing = _noted(counted(frames, reader, options, progress, watch, FACELESS), findings, page.rows)
        for glimpse in shown_at(passing, times, Reach() if clip.still else _reach(variants)):
            page.shots.append(_shot(variants, glimpse, reader, about, aspect))
        for _ in passing:  # the rest has tracks, too
            pass
    start = options.start or 0.0
    page.span = (start, start) if clip.still else (start, start + findings.seconds)
    page.doubtful = [] if clip.still else findings.spans
    seen = findings.sightings if clip.still else len(findings.tracks)
    page.about = f"frames: {findings.frames}, faces: {seen}, doubtful stretches: {len(page.doubtful)}"
    with growing(output) as new:
        new.write_text(page.text(), encoding="utf-8")
        publish(new, output, overwrite=options.overwrite)


def preview_film(
    chain: Sequence[Effect],
    source: Path,
    output: Path,
    options: PreviewOptions,
    *,
    progress: Progress,
    watch: Watch,
) -> None:
    """Writes a small draft of the clip with its sound: before beside after, or a line that wipes over them.

    Raises: LipfxError: see `lipfx.errors`.
    """
    reader = options.open(source)
    stage = _stage(chain, options, beside(reader.clip, chain))
    check_output(output, (*reader.clip.inputs, *options.inputs), options.overwrite)
    aspect = float(reader.clip.sample_aspect_ratio or 1)
    cut, draft = Cut(options.start, options.end), Encoding(None, 28, "veryfast", (), "yuv420p")
    with (
        open_writer(output, plain(reader.clip), draft, cut=cut, overwrite=options.overwrite) as writer,
        analysed(reader, options, progress) as frames,
    ):
        passing = counted(frames, reader, options, progress, watch, FACELESS)
        for before, frame in _both(stage, passing, aspect):
            after = _small(to_rgb(frame), aspect)
            joined = JOINED[options.layout](before, after, frame.time)
            shown = to_frame(joined, frame.index)
            writer.write(replace(shown, pts=frame.pts, time_base=frame.time_base, duration=frame.duration))


def _stage(chain: Sequence[Effect], options: PreviewOptions, about: Beside) -> Stage:
    check_names(chain, options.choice.persons)
    return Stage(chain, about=about)


def _reach(variants: Mapping[str, Sequence[Effect]]) -> Reach:
    """As far as any of the chains reaches."""
    reaches = [reach_of(chain) for chain in variants.values()]
    return Reach(max(reach.before for reach in reaches), max(reach.after for reach in reaches))


def _both(
    stage: Stage, items: Iterator[tuple[Frame, FrameFaces]], aspect: float
) -> Iterator[tuple[Picture, Frame]]:
    """Small pictures from before, and the frames made up."""
    waiting: deque[Picture] = deque()

    def noted() -> Iterator[tuple[Frame, FrameFaces]]:
        for frame, faces in items:
            waiting.append(_small(to_rgb(frame), aspect))
            yield frame, faces

    for made_up in stage.over(noted(), Work()):
        yield waiting.popleft(), made_up


def _shot(
    variants: Mapping[str, Sequence[Effect]],
    glimpse: Glimpse,
    reader: FrameReader,
    about: Beside,
    aspect: float,
) -> Shot:
    frame = glimpse.frame
    shot = Shot(_name(reader, frame), frame.time, to_rgb(frame))
    surest = max(glimpse.faces, key=lambda face: face.confidence * face.mouth_width, default=None)
    for chain in variants.values():
        after = to_rgb(glimpse.made_up(chain, about))
        shot.after.append(after)
        if surest is not None:
            affine = zoom_on(surest.points[helen56.OUTER], surest.mouth_width, aspect)
            shot.mouths.append(zoomed(after, affine))
    return shot


def _name(reader: FrameReader, frame: Frame) -> str:
    still = reader.clip.still
    return reader.name_of(frame.index) if still else f"{frame.time:.2f} s, frame {frame.index}"


def _noted(
    items: Iterator[tuple[Frame, FrameFaces]], findings: Findings, rows: dict[int, list[Row]]
) -> Iterator[tuple[Frame, FrameFaces]]:
    """The same frames; what is seen of each face goes into `rows`."""
    for frame, faces in items:
        findings.see(frame, faces)
        for face in faces.faces:
            rows.setdefault(face.track_id, []).append((frame.time, face.confidence, _opening(face)))
        yield frame, faces


def _opening(face: Face) -> float:
    """How far the lips are apart in their middle, in mouth widths."""
    inner = face.points[list(helen56.MIDDLE[-2:])]
    return float(np.linalg.norm(inner[0] - inner[1])) / max(face.mouth_width, 1e-6)


def plain(clip: Clip) -> Clip:
    """The clip as one of upright pictures with square pixels, which is what is written."""
    return replace(
        clip, orientation=Orientation(), sample_aspect_ratio=None, hdr={}, dynamic_hdr=(), extras=()
    )


def _small(picture: Picture, aspect: float) -> Picture:
    """At a film's size, both even, as encoders want them."""
    small = fitted(picture, aspect)
    height, width = (max(2, length // 2 * 2) for length in small.shape[:2])
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
