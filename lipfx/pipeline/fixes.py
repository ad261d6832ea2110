"""Owns what somebody says of a clip's faces by time: when they count, and corrections; must not know effects.

A file of fixes is TOML, with a table for each correction:

    [[hide]]                # neither effects nor masks
    during = "3.2-5.0"      # seconds, frames (97f-120f) or timecode, of the clip's own time
    fade = 0.2              # seconds in which it comes and goes
    face = 2                # the number of a track; or person = "anna"; without either: all

    [[show]]                # lips are taken for sure, however much in doubt
    [[take]]                # the mouth of one frame stands for those of others
    from = "97f"
    follow = true           # moved and scaled as the face's box is since; else where it was
    [[move]]                # by pixels, to the right and down
    by = [2.5, -1]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lipfx.core.geometry import after, transform
from lipfx.core.moments import NEAR, Clock, Moment, Span, ramp
from lipfx.core.values import Face, Float64, Frame, FrameFaces
from lipfx.effects.chain import read_toml
from lipfx.errors import UsageError
from lipfx.pipeline.options import SourceOptions
from lipfx.pipeline.tracks import open_tracks

KINDS = ("hide", "show", "take", "move")
SHARED = ("during", "fade", "face", "person")
OWN = {"take": "from", "move": "by"}
FOLLOW = "follow"
LARGEST = 1e9

Items = Iterator[tuple[Frame, FrameFaces]]


@dataclass(frozen=True, slots=True)
class Fix:
    """One correction. span: seconds. face, person: whose, None and "" are everybody's. source: seconds of the
    frame whose mouth is taken. by: pixels. follow: what is taken goes with the face."""

    kind: str
    span: tuple[float, float]
    fade: float = 0.0
    face: int | None = None
    person: str = ""
    source: float = 0.0
    by: tuple[float, float] = (0.0, 0.0)
    follow: bool = False

    def means(self, face: Face) -> bool:
        """Whether it is for this face."""
        return self.face in (None, face.track_id) and self.person in ("", face.person)


def within(items: Items, options: SourceOptions, clock: Clock) -> Items:
    """The same frames; faces outside of `options.during` are left out; frames and faces have their shares.

    Raises: UsageError: a part cannot be told in this clip.
    """
    spans = [span.on(clock) for span in options.during]
    for frame, found in items:
        if spans:
            share = max(ramp(frame.time, span, options.fade) for span in spans)
            found = replace(found, share=found.share * share)
            found = _shared(found, lambda face, share=share: face.share * share)
        yield frame, found
        del frame


def fixed(items: Items, options: SourceOptions, clock: Clock) -> Items:
    """The same frames with their faces corrected as the file says that `options` name.

    Raises: UsageError, InputError, TracksError: the file cannot be read or understood; here.
    """
    if options.fixes is None:
        return items
    fixes = read_fixes(options.fixes, clock)
    known = _known_before(fixes, options)
    return _corrected(items, fixes, known)


def read_fixes(path: Path, clock: Clock) -> list[Fix]:
    """The corrections that a file holds, in its order.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: it says something else than corrections.
    """
    table = read_toml(path)
    fixes = []
    for kind, entries in table.items():
        if kind not in KINDS or not isinstance(entries, list):
            raise UsageError(f"{path} has {kind!r}; there are {', '.join(f'[[{k}]]' for k in KINDS)}")
        fixes += [_read(kind, entry, f"{path}, [[{kind}]] {k}", clock) for k, entry in enumerate(entries, 1)]
    if not fixes:
        raise UsageError(f'{path} holds no correction; write [[hide]] and during = "3.2-5.0" below it')
    return fixes


def _read(kind: str, entry: Any, where: str, clock: Clock) -> Fix:
    known = {*SHARED, OWN.get(kind, "during"), *([FOLLOW] if kind == "take" else [])}
    if not isinstance(entry, dict) or entry.keys() - known or not isinstance(entry.get("during"), str):
        found = sorted(entry.keys() - known) if isinstance(entry, dict) else [entry]
        raise UsageError(f"{where}: {found or 'no during'}; wanted during and {', '.join(sorted(known))}")
    fade, face, by = entry.get("fade", 0.0), entry.get("face"), entry.get("by", [0.0, 0.0])
    if not _is_number(fade) or fade < 0 or not (face is None or (_is_number(face) and face == int(face) > 0)):
        raise UsageError(f"{where}: fade is seconds from 0, face is a track's number; mend them")
    if not isinstance(by, list) or len(by) != 2 or not all(_is_number(v) and abs(v) < 1e6 for v in by):
        raise UsageError(f"{where}: by is {by!r}, wanted pixels to the right and down, as in [2.5, -1]")
    if kind in OWN and OWN[kind] not in entry:
        raise UsageError(f"{where}: {OWN[kind]} is missing; write it as the documentation of fixes does")
    span = Span.read(entry["during"]).on(clock)
    source = Moment(str(entry["from"])).on(clock) if kind == "take" else 0.0
    person, shift = str(entry.get("person", "")), (float(by[0]), float(by[1]))
    return Fix(kind, span, float(fade), face, person, source, shift, entry.get(FOLLOW) is True)


def _is_number(value: object) -> bool:
    """Whether it is one that can be reckoned with: TOML has inf and nan, and whole numbers of any length."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _known_before(fixes: Iterable[Fix], options: SourceOptions) -> dict[Fix, tuple[Face, ...]]:
    """Faces that are taken and that no frame has shown by then: those of the tracks, if they are given."""
    late = [fix for fix in fixes if fix.kind == "take" and _comes_late(fix, options)]
    if late and options.tracks is None:
        raise UsageError(
            f"{options.fixes}: [[take]] from {late[0].source:g} s, which this run meets later or not at all; "
            "run `lipfx track` first and give its file with --tracks"
        )
    known: dict[Fix, tuple[Face, ...]] = {}
    if late and options.tracks is not None:
        last = max(fix.source for fix in late)
        for line, faces in open_tracks(options.tracks).lines(with_mouths=True):
            if line.time > last + NEAR:
                break
            known |= {fix: faces for fix in late if line.time <= fix.source + NEAR}
    return known


def _comes_late(fix: Fix, options: SourceOptions) -> bool:
    return fix.source > fix.span[0] or (options.start is not None and fix.source < options.start)


def _corrected(items: Items, fixes: list[Fix], taken: dict[Fix, tuple[Face, ...]]) -> Items:
    before = set(taken)
    for frame, found in items:
        for fix in fixes:
            if fix.kind == "take" and fix not in before and frame.time <= fix.source + NEAR:
                taken[fix] = found.faces
        for fix in fixes:
            share = ramp(frame.time, fix.span, fix.fade)
            if share:
                found = _after(fix, found, share, taken.get(fix, ()))
        yield frame, found
        del frame


def _after(fix: Fix, found: FrameFaces, share: float, taken: tuple[Face, ...]) -> FrameFaces:
    """The faces after one correction, of which this frame gets `share`."""
    if fix.kind == "take":
        there = {face.track_id: face for face in taken if fix.means(face)}
        others = [face for face in found.faces if face.track_id not in there]
        if fix.follow:
            now = [face for face in found.faces if face.track_id in there]
            there |= {face.track_id: _following(there[face.track_id], face) for face in now}
        return replace(found, faces=tuple(sorted([*others, *there.values()], key=lambda f: f.track_id)))
    if fix.kind == "hide":
        if fix.face is None and not fix.person:
            found = replace(found, share=found.share * (1 - share))
        return _shared(found, lambda face: face.share * (1 - share) if fix.means(face) else face.share)
    change = _shown if fix.kind == "show" else _moved
    return replace(found, faces=tuple(change(f, fix, share) if fix.means(f) else f for f in found.faces))


def _shown(face: Face, _fix: Fix, share: float) -> Face:
    return replace(face, confidence=face.confidence + share * (1 - face.confidence))


def _moved(face: Face, fix: Fix, share: float) -> Face:
    x, y = fix.by
    return _placed(face, np.array([[1, 0, x * share], [0, 1, y * share]]))


def _following(taken: Face, face: Face) -> Face:
    """A mouth that was taken, where the face's box has gone since: lips may be what is wrong now."""
    before, now = taken.box.reshape(2, 2), face.box.reshape(2, 2)
    scale = float(np.ptp(now, axis=0).sum() / max(np.ptp(before, axis=0).sum(), 1e-6))
    x, y = now.mean(axis=0) - scale * before.mean(axis=0)
    return _placed(taken, np.array([[scale, 0, x], [0, scale, y]]))


def _placed(face: Face, affine: Float64) -> Face:
    """The face moved and scaled, its map too."""
    mouth = face.mouth
    if mouth is not None:
        mouth = replace(mouth, to_frame=after(affine, mouth.to_frame))
    box = transform(affine, face.box.reshape(2, 2)).ravel()
    return replace(face, points=transform(affine, face.points), box=box, mouth=mouth)


def _shared(found: FrameFaces, share_of: Any) -> FrameFaces:
    """The faces with other shares; those without any are left out."""
    faces = (replace(face, share=share_of(face)) for face in found.faces)
    return replace(found, faces=tuple(face for face in faces if face.share > 0))
