"""`lipfx preview` as a user runs it: which frames it shows, before and after, close to the mouth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.pipeline.sheet import CAPTION, GAP, HEIGHT, ZOOM_SIZE
from tests.conftest import Keep, RunLipfx, odd

Picture = NDArray[Any]

SIDE = HEIGHT  # the sample's frames are square
CHAIN = "lipstick:shade=#b01030,opacity=1,coverage=1"


def read(path: Path) -> Picture:
    """(h, w, 3) RGB as float64 0..255."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1].astype(float)


def cells(sheet: Picture, row: int, widths: tuple[int, ...]) -> list[Picture]:
    """The pictures of one row."""
    top = GAP + row * (CAPTION + HEIGHT + GAP) + CAPTION
    left = [GAP + sum(widths[:k]) + GAP * k for k in range(len(widths))]
    return [sheet[top : top + HEIGHT, x : x + width] for x, width in zip(left, widths, strict=True)]


def frames(clip: Path) -> list[Picture]:
    with av.open(str(clip)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def closest(cell: Picture, candidates: list[Picture]) -> int:
    """Which of the clip's frames a whole-frame cell shows."""
    small = [cv2.resize(f, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(float) for f in candidates]
    return int(np.argmin([np.abs(f - cell).mean() for f in small]))


def reddened(before: Picture, after: Picture) -> Picture:
    """Where a picture became clearly redder."""
    change = after - before
    return np.asarray(change[..., 0] - change[..., 1] > 25)


@pytest.fixture(scope="module")
def sheet(lipfx: RunLipfx, talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    output = tmp_path_factory.mktemp("preview") / "sheet.png"
    at = ("--at", "4.16", "--at", "0.8")
    done = lipfx("preview", CHAIN, talking, output, *at, "--show", "mask,landmarks")
    assert (done.returncode, done.stdout, odd(done)) == (0, "", "")
    return read(output)


def test_rows_show_the_frames_asked_for_in_order(sheet: Picture, talking: Path, keep: Keep) -> None:
    keep("sheet", sheet.astype(np.uint8))
    assert sheet.shape[0] == GAP + 2 * (CAPTION + HEIGHT + GAP)
    shown = [cells(sheet, row, (SIDE, SIDE))[0] for row in range(2)]
    assert [closest(cell, frames(talking)) for cell in shown] == [20, 104]


def test_after_is_made_up_and_before_is_not(sheet: Picture, keep: Keep) -> None:
    keep("sheet", sheet.astype(np.uint8))
    before, after, near_before, near_after, mask, _ = cells(sheet, 0, (SIDE, SIDE, *[ZOOM_SIZE[0]] * 4))
    assert 0.001 < reddened(before, after).mean() < 0.02
    painted = reddened(near_before, near_after)
    assert painted.mean() > 0.03
    assert mask[painted].mean() > 128
    assert painted[mask[..., 0] == 0].mean() == 0


def test_landmarks_lie_on_the_lips(sheet: Picture) -> None:
    _, _, before, _, mask, marked = cells(sheet, 1, (SIDE, SIDE, *[ZOOM_SIZE[0]] * 4))
    dots = np.abs(marked - before).max(axis=2) > 60
    lips = np.asarray(mask[..., 0] > 64, np.uint8)
    near = cv2.dilate(lips, np.ones((25, 25), np.uint8)) > 0
    assert dots.sum() > 500
    assert near[dots].mean() > 0.95


def test_evenly_spread_frames_and_a_renderer(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    output = tmp_path / "sheet.png"
    options = ("--count", "2", "--start", "1", "--end", "2", "--quiet")
    done = lipfx("preview", "cutout", talking, output, *options)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [cells(read(output), row, (SIDE, SIDE)) for row in range(2)]
    assert [closest(before, frames(talking)) for before, _ in rows] == [31, 43]
    away = rows[0][1][:40, :40]
    assert np.allclose(away, away.mean(), atol=0.11 * 255)  # grey squares, not the picture or black
    assert away.min() > 80


def test_a_sheet_leaves_alone_what_a_film_would(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    """--min-confidence counts, and of --grid the one value there is."""
    made = {}
    for name, more in (("sure", ("--min-confidence", "1.0")), ("one", ("--grid", "opacity=0"))):
        done = lipfx("preview", CHAIN, talking, tmp_path / f"{name}.png", "--at", "0.8", *more)
        assert done.returncode == 0, done.stderr
        made[name] = cells(read(tmp_path / f"{name}.png"), 0, (SIDE, SIDE))
    for before, after in made.values():
        assert not reddened(before, after).any()


def test_a_picture_is_one_row(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    photo, output = tmp_path / "photo.png", tmp_path / "sheet.png"
    cv2.imwrite(str(photo), frames(talking)[20][..., ::-1])
    done = lipfx("preview", CHAIN, photo, output)
    assert (done.returncode, odd(done)) == (0, "")
    sheet = read(output)
    assert sheet.shape[0] == GAP + CAPTION + HEIGHT + GAP
    assert reddened(*cells(sheet, 0, (SIDE, SIDE))).any()


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("out.png", "--at", "7"), 2, "--at 7 is not within 0 to 5 s"),
        (("out.gif",), 2, "end it in .png for a sheet, .html for a page or .mp4"),
        (("out.png", "--show", "teeth"), 2, "'teeth' is not known"),
        (("out.png", "--count", "0"), 2, "not in the range 1<=x<=100"),
        (("out.png", "more"), 2, "unexpected extra argument"),
        (("there.png",), 1, "exists already"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, options: tuple[str, ...], status: int, words: str
) -> None:
    (tmp_path / "there.png").touch()
    done = lipfx("preview", "lipstick", talking, *options, cwd=tmp_path)
    assert done.returncode == status
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
