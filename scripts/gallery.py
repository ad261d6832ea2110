"""Makes the pictures of README and docs with lipfx: portraits before and after, finishes, a matte, a film.

python scripts/gallery.py [DIR]     writes them into DIR, docs/gallery unless it is named

docs/gallery/portraits/README.md says whose portraits they are, under which licence. The hand is drawn here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import lipfx

Picture: TypeAlias = NDArray[np.uint8]
"""(h, w, 3) encoded RGB."""

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery"
SIZE = (240, 300)
ZOOM = (220, 150)
GAP, CAPTION = 6, 24
PAPER, INK = (255, 255, 255), (40, 40, 44)
FACES = (
    ("010", "lipstick:shade=rose,finish=satin"),
    ("094", "lipstick:shade=ruby,finish=gloss"),
    ("126", "lipstick:shade=plum,finish=matte,opacity=0.9"),
)
LOOKS = ("matte", "satin", "gloss", "shimmer", "metallic")
SHADES = (("124", "cherry"), ("066", "papaya"), ("025", "raspberry"))
HAND = "094"


def main(arguments: Sequence[str]) -> None:
    """Writes every picture."""
    folder = Path(arguments[0]) if arguments else GALLERY
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "faces.jpg", faces())
    save(folder / "finishes.jpg", finishes())
    save(folder / "matte.jpg", matte())
    save(folder / "film.jpg", film())


def faces() -> Picture:
    """Three portraits, light to deep skin, each before and after."""
    cells = []
    for name, chain in FACES:
        before = portrait(name)
        cells += [
            captioned(sized(before), "before"),
            captioned(sized(made_up(before, chain)), chain.partition(":")[2]),
        ]
    return beside(cells)


def finishes() -> Picture:
    """Mouths close by: one shade a row, one finish a column."""
    rows = []
    for name, shade in SHADES:
        before = enlarged(portrait(name))
        box = mouth_box(before)
        cells = [captioned(cut(before, box), "before")]
        for finish in LOOKS:
            after = made_up(before, f"lipstick:shade={shade},finish={finish},opacity=0.9")
            cells.append(captioned(cut(after, box), f"{shade}, {finish}"))
        rows.append(beside(cells))
    return np.vstack(rows)


def matte() -> Picture:
    """Fingers before a mouth: paint stays behind them, and the matte leaves them out."""
    plain = enlarged(portrait(HAND))
    covered = with_fingers(plain)
    box = mouth_box(plain, 2.6)
    pictures = {
        "fingers before a mouth": covered,
        "lipstick:shade=ruby,finish=gloss": made_up(covered, "lipstick:shade=ruby,finish=gloss"),
        "mask": made_up(covered, "mask"),
    }
    return beside([captioned(cut(p, box, (360, 270)), text) for text, p in pictures.items()])


def film() -> Picture:
    """Frames of the sample clip, made up as a clip, above the same before."""
    with av.open(str(ROOT / "samples" / "talking.mp4")) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)][:75]
    after = list(lipfx.process_frames(frames, "evening", rate=25))
    box = mouth_box(np.asarray(frames[40], np.uint8), 4.0)
    shown = (8, 24, 40, 56, 72)
    rows = [[cut(np.asarray(row[k], np.uint8), box, (240, 180)) for k in shown] for row in (frames, after)]
    return np.vstack([beside(row) for row in rows])


def portrait(name: str) -> Picture:
    path = GALLERY / "portraits" / f"neutral_front_{name}.jpg"
    return np.asarray(Image.open(path).convert("RGB"), np.uint8)


def made_up(picture: Picture, chain: str) -> Picture:
    """The picture after a chain, as lipfx makes it."""
    (result,) = lipfx.process_frames([picture], chain, rate=None)
    result = np.asarray(result, np.uint8)
    return np.dstack([result] * 3) if result.ndim == 2 else result[..., :3]


def enlarged(picture: Picture) -> Picture:
    """Three times as large, so that finishes have pixels to show on."""
    return np.asarray(cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8)


def sized(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def mouth_box(picture: Picture, widths: float = 1.6) -> tuple[int, int, int, int]:
    """x, y, width, height of a window around the mouth, so many mouths wide, in the shape of ZOOM."""
    (found,) = lipfx.find_faces([picture], rate=None)
    points = found.faces[0].points
    (x, y), width = points.mean(axis=0), widths * float(np.ptp(points[:, 0]))
    height = width * ZOOM[1] / ZOOM[0]
    return round(x - width / 2), round(y - height / 2), round(width), round(height)


def cut(picture: Picture, box: tuple[int, int, int, int], size: tuple[int, int] = ZOOM) -> Picture:
    x, y, width, height = box
    height = round(width * size[1] / size[0])
    part = picture[max(y, 0) : y + height, max(x, 0) : x + width]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def with_fingers(picture: Picture) -> Picture:
    """The picture with three drawn fingers, in the colour of its own skin, before a part of the mouth."""
    (found,) = lipfx.find_faces([picture], rate=None)
    points = found.faces[0].points
    low, high = points.min(axis=0), points.max(axis=0)
    width = high[0] - low[0]
    x, y = low[0] + 0.15 * width, (low[1] + high[1]) / 2
    cheek = picture[
        int(y - 0.75 * width) : int(y - 0.55 * width), int(x - 0.1 * width) : int(x + 0.1 * width)
    ]
    skin = np.median(cheek.reshape(-1, 3), axis=0)
    shown = picture.astype(np.float32)
    for k in range(3):
        tip = np.array([x + 0.18 * width, y - 0.26 * width + 0.27 * k * width])
        root = tip + width * np.array([-1.6, 0.25])
        shown = laid_over(shown, finger(picture.shape, tip, root, 0.125 * width), skin)
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def finger(
    shape: tuple[int, ...], tip: NDArray[np.float64], root: NDArray[np.float64], radius: float
) -> NDArray[np.float32]:
    """(h, w) float32: how far inside a finger a pixel is, 1 on its middle line, below 0 outside."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    along = root - tip
    t = np.clip(((columns - tip[0]) * along[0] + (rows - tip[1]) * along[1]) / (along @ along), 0, 1)
    away = np.hypot(columns - tip[0] - t * along[0], rows - tip[1] - t * along[1])
    return np.asarray(1 - away / (radius * (1 + 0.25 * t)), np.float32)


def laid_over(
    picture: NDArray[np.float32], inside: NDArray[np.float32], skin: NDArray[np.float64]
) -> NDArray[np.float32]:
    """A finger shaded as a cylinder, with a soft shadow beneath it."""
    shadow = cv2.GaussianBlur(np.clip(inside * 8, 0, 1), (0, 0), 9)
    below = picture * (1 - 0.35 * np.roll(shadow, 8, axis=0))[..., None]
    cover = cv2.GaussianBlur(np.clip(inside * 12, 0, 1), (0, 0), 1.0)[..., None]
    light = (0.72 + 0.33 * np.sqrt(np.clip(inside, 0, 1)))[..., None]
    grain = np.random.default_rng(1).normal(0, 2.5, picture.shape)
    return np.asarray(below * (1 - cover) + cover * (skin * light + grain), np.float32)


def captioned(picture: Picture, text: str) -> Picture:
    paper = Image.new("RGB", (picture.shape[1], picture.shape[0] + CAPTION), PAPER)
    paper.paste(Image.fromarray(picture), (0, 0))
    where = (2, picture.shape[0] + 4)
    ImageDraw.Draw(paper).text(where, text, fill=INK, font=ImageFont.load_default(13))
    return np.asarray(paper, np.uint8)


def beside(cells: Sequence[Picture]) -> Picture:
    """Pictures in a row, with room between and below."""
    height = max(cell.shape[0] for cell in cells) + GAP
    row = np.full((height, sum(cell.shape[1] + GAP for cell in cells) - GAP, 3), PAPER, np.uint8)
    x = 0
    for cell in cells:
        row[: cell.shape[0], x : x + cell.shape[1]] = cell
        x += cell.shape[1] + GAP
    return row


def save(path: Path, picture: Picture) -> None:
    Image.fromarray(picture).save(path, quality=88, optimize=True)
    print(path)  # noqa: T201 - what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
