"""Makes sheets to judge make-up by: mouths bare and in every finish.

python -m scripts.looks OUT_DIR CLIP... [--shade NAME]     writes OUT_DIR/CLIP.png: each clip's moments
python -m scripts.looks OUT_DIR [--shade NAME]             writes OUT_DIR/SKIN.jpg: portraits in three sizes

Of clips that may not be published the sheets stay outside the project.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

import lipfx
from lipfx.core.values import FrameFaces
from scripts.gallery import Picture, beside, captioned, cut, portrait, save

FINISHES = ("matte", "velvet", "stain", "satin", "gloss", "vinyl", "shimmer", "glitter", "metallic")
MOMENTS = 3
WIDTHS = 1.7
"""Mouth widths that a cell shows."""

MOST = 250
"""Frames of a clip that are looked at."""

PORTRAITS = {"light": "010", "medium": "094", "deep": "126"}
MOUTHS = (20, 60, 200)
"""Widths in pixels of the mouths on a portrait's sheet."""

CELL, IN_A_ROW = (260, 156), 5
"""Width and height of a cell of such a sheet, as large as the largest mouth needs it; cells in a row."""


def frames_of(path: Path) -> list[Picture]:
    """The first frames of a clip."""
    import av

    with av.open(str(path)) as clip:
        decoded = clip.decode(video=0)
        taken = (frame.to_ndarray(format="rgb24") for frame, _ in zip(decoded, range(MOST), strict=False))
        return [np.asarray(picture, np.uint8) for picture in taken]


def sheet(frames: Sequence[Picture], shade: str) -> Picture:
    """A row for each moment, a column for each finish."""
    found = list(lipfx.find_faces(frames, rate=25))
    seen = [index for index, faces in enumerate(found) if faces.faces]
    if not seen:
        raise SystemExit("no face is found; name a clip with a mouth in it")
    moments = [seen[int(share * (len(seen) - 1))] for share in np.linspace(0.1, 0.9, MOMENTS)]
    columns = {"bare": list(frames)}
    for finish in FINISHES:
        chain = f"lipstick:shade={shade},finish={finish}"
        columns[finish] = [
            np.asarray(made, np.uint8) for made in lipfx.process_frames(frames, chain, rate=25, faces=found)
        ]
    return np.vstack(
        [
            beside([captioned(_mouth(made[k], found[k]), name) for name, made in columns.items()])
            for k in moments
        ]
    )


def sizes(picture: Picture, shade: str) -> Picture:
    """Every finish on each size of mouth."""
    (found,) = lipfx.find_faces([picture], rate=None)
    whole = max(face.mouth_width for face in found.faces)
    rows: list[Picture] = []
    for width in MOUTHS:
        shown = _resized(picture, width / whole)
        (faces,) = lipfx.find_faces([shown], rate=None)
        cells = [captioned(_pixels(shown, faces), f"bare, {width} pixels")]
        for finish in FINISHES:
            chain = f"lipstick:shade={shade},finish={finish}"
            (made,) = lipfx.process_frames([shown], chain, rate=None, faces=[faces])
            cells.append(captioned(_pixels(np.asarray(made, np.uint8), faces), finish))
        rows += [beside(cells[start : start + IN_A_ROW]) for start in range(0, len(cells), IN_A_ROW)]
    return np.vstack(rows)


def _resized(picture: Picture, scale: float) -> Picture:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _pixels(picture: Picture, faces: FrameFaces) -> Picture:
    """The mouth in a cell, its pixels as squares."""
    face = max(faces.faces, key=lambda one: one.mouth_width)
    width = round(CELL[0] / MOUTHS[-1] * face.mouth_width)
    height = round(width * CELL[1] / CELL[0])
    x, y = (round(middle) for middle in face.points.mean(axis=0))
    part = picture[max(y - height // 2, 0) :, max(x - width // 2, 0) :][:height, :width]
    return np.asarray(cv2.resize(part, CELL, interpolation=cv2.INTER_NEAREST), np.uint8)


def _mouth(picture: Picture, faces: FrameFaces) -> Picture:
    face = max(faces.faces, key=lambda one: one.mouth_width)
    x, y = face.points.mean(axis=0)
    width = WIDTHS * face.mouth_width
    return cut(picture, (round(x - width / 2), round(y - width / 3), round(width), 0))


def main() -> None:
    """Writes a sheet for each clip, or for each portrait where none is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("clips", type=Path, nargs="*")
    parser.add_argument("--shade", default="raspberry")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for clip in arguments.clips:
        save(arguments.out / f"{clip.stem}.png", sheet(frames_of(clip), arguments.shade))
    for skin, name in PORTRAITS.items() if not arguments.clips else ():
        save(arguments.out / f"{skin}.jpg", sizes(portrait(name), arguments.shade))


if __name__ == "__main__":
    main()
