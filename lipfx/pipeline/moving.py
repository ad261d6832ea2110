"""Owns previews of all frames: a page with tracks over time, a small film; must not know the command line.

A contact sheet analyses what lies around its frames alone; here the whole part of the clip passes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from lipfx.compositing.compose import Compositor
from lipfx.core import helen56
from lipfx.core.temporary import check_output, publish, remove_abandoned, temporary_path
from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.effects.base import Effect
from lipfx.effects.personal import check_names
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.findings import Findings
from lipfx.pipeline.options import Progress, Watch
from lipfx.pipeline.page import Page, Row, Shot
from lipfx.pipeline.preview import PreviewOptions, chosen_times, shown_at, to_rgb
from lipfx.pipeline.sheet import Picture, fitted, zoom_on, zoomed
from lipfx.video.clip import Clip
from lipfx.video.orientation import Orientation
from lipfx.video.source import FrameReader, open_writer
from lipfx.video.stills.images import to_frame
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

SWEEP = 4.0
"""Seconds in which the line of a wipe goes there and back."""
FACELESS = "it shows the same before and after"


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
    compositors = {name: _compositor(chain, options) for name, chain in variants.items()}
    reader = options.open(source)
    check_output(output, (*reader.clip.inputs, *options.inputs), options.overwrite)
    clip, findings = reader.clip, Findings()
    aspect = float(clip.sample_aspect_ratio or 1)
    times = chosen_times(clip, options)
    page = Page(source.name, "", list(variants))
    with analysed(reader, options, progress) as frames:
        passing = _noted(counted(frames, reader, options, progress, watch, FACELESS), findings, page.rows)
        for frame, faces in shown_at(passing, times):
            page.shots.append(_shot(compositors, frame, faces.faces, _name(reader, frame), aspect))
        for _ in passing:  # the rest has tracks, too
            pass
    start = options.start or 0.0
    page.span = (start, start) if clip.still else (start, start + findings.seconds)
    page.doubtful = [] if clip.still else findings.spans
    seen = findings.sightings if clip.still else len(findings.tracks)
    page.about = f"frames: {findings.frames}, faces: {seen}, doubtful stretches: {len(page.doubtful)}"
    growing = temporary_path(output)
    remove_abandoned(output)
    try:
        growing.write_text(page.text(), encoding="utf-8")
        publish(growing, output, overwrite=options.overwrite)
    finally:
        growing.unlink(missing_ok=True)


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
    compositor = _compositor(chain, options)
    reader = options.open(source)
    check_output(output, (*reader.clip.inputs, *options.inputs), options.overwrite)
    aspect = float(reader.clip.sample_aspect_ratio or 1)
    cut, draft = Cut(options.start, options.end), Encoding(None, 28, "veryfast", (), "yuv420p")
    with (
        open_writer(output, _plain(reader.clip), draft, cut=cut, overwrite=options.overwrite) as writer,
        analysed(reader, options, progress) as frames,
    ):
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            before, after = (_small(picture, aspect) for picture in _both(compositor, frame, faces.faces))
            joined = _JOINED[options.layout](before, after, frame.time)
            shown = to_frame(joined, frame.index)
            writer.write(replace(shown, pts=frame.pts, time_base=frame.time_base, duration=frame.duration))


def _compositor(chain: Sequence[Effect], options: PreviewOptions) -> Compositor:
    check_names(chain, options.choice.persons)
    return Compositor(chain)


def _both(compositor: Compositor, frame: Frame, faces: Sequence[Face]) -> tuple[Picture, Picture]:
    before = to_rgb(frame)
    return before, to_rgb(compositor.render(_copied(frame), faces))


def _copied(frame: Frame) -> Frame:
    return replace(frame, planes=tuple(plane.copy() for plane in frame.planes))


def _shot(
    compositors: Mapping[str, Compositor], frame: Frame, faces: Sequence[Face], name: str, aspect: float
) -> Shot:
    shot = Shot(name, frame.time, to_rgb(frame))
    surest = max(faces, key=lambda face: face.confidence * face.mouth_width, default=None)
    for compositor in compositors.values():
        after = to_rgb(compositor.render(_copied(frame), faces))
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


def _plain(clip: Clip) -> Clip:
    """The clip as one of upright pictures with square pixels, which is what is written."""
    return replace(
        clip, orientation=Orientation(), sample_aspect_ratio=None, hdr={}, dynamic_hdr=(), extras=()
    )


def _small(picture: Picture, aspect: float) -> Picture:
    """At a film's size, both even, as encoders want them."""
    small = fitted(picture, aspect)
    height, width = (max(2, length // 2 * 2) for length in small.shape[:2])
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _side(before: Picture, after: Picture, _time: float) -> Picture:
    return np.hstack([before, after])


def _wipe(before: Picture, after: Picture, time: float) -> Picture:
    width = before.shape[1]
    at = round(width * (0.5 - 0.5 * np.cos(2 * np.pi * time / SWEEP)))
    joined = np.hstack([after[:, :at], before[:, at:]])
    joined[:, max(at - 1, 0) : at + 1] = 255
    return joined


_JOINED: Mapping[str, Callable[[Picture, Picture, float], Picture]] = {"side": _side, "wipe": _wipe}
