"""Owns looking at faces closely enough to know them again: in frames on their way, and in photographs.

Must not know which faces are wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import mouth_pose
from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.detection.finder import Finder
from lipfx.errors import InputError
from lipfx.persons.choice import shown_area
from lipfx.persons.glance import look_at
from lipfx.persons.look import Look
from lipfx.pipeline.analysis import still_faces
from lipfx.tcnn.cascade import Cascade

EVERY = 0.4  # seconds between looks at a face
CLEAR = 0.5  # confidence of a face that is worth a look

log = logging.getLogger("lipfx")


def described(
    items: Iterable[tuple[Frame, FrameFaces]], cascade: Cascade
) -> Iterator[tuple[Frame, FrameFaces]]:
    """The same frames and faces; every so often a face has its look."""
    due: dict[int, float] = {}
    for frame, faces in items:
        seen = list(faces.faces)
        for k, face in enumerate(seen):
            if face.confidence >= CLEAR and frame.time >= due.get(face.track_id, -np.inf):
                found = look_of(frame, face, cascade)
                if found is not None:
                    seen[k], due[face.track_id] = replace(face, look=found), frame.time + EVERY
        yield frame, replace(faces, faces=tuple(seen))


def look_of(frame: Frame, face: Face, cascade: Cascade) -> Look | None:
    """What a face looks like in a frame; None where the locator does not see its eyes."""
    angle, middle = mouth_pose(face.points).angle, face.points[helen56.OUTER].mean(0)
    return look_at(frame, face.box, angle, cascade, middle)


def photo_look(path: Path, finder: Finder) -> Look:
    """The look of the face in a photograph, of the largest one where there are several.

    Raises:
        InputError: it cannot be read, or shows no face.
    """
    from lipfx.video.stills.images import read_pixels, to_frame

    if not path.is_file():
        raise InputError(f"{path} does not exist; name a photograph of whoever is meant")
    frame = to_frame(read_pixels(path), 0)
    faces = still_faces(frame, finder).faces
    faces = tuple(sorted(faces, key=lambda f: -shown_area(f, frame.width, frame.height)))
    looks = [found for face in faces if (found := look_of(frame, face, finder.cascade)) is not None]
    if not looks:
        raise InputError(
            f"{path} shows no face that can be found; give a photograph with one seen from the front"
        )
    if len(looks) > 1:
        log.warning("%s shows %d faces; the largest is meant", path, len(looks))
    return looks[0]
