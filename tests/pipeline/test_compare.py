"""Owns the promise of `lipfx compare`: the same frame of both, side by side, wiped, subtracted, tinted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.errors import InputError, OutputError
from lipfx.pipeline import ApplyOptions, apply
from lipfx.pipeline.compare import CompareOptions, compare
from tests.conftest import RunLipfx

START, END = 1.0, 1.4


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, talking: Path) -> Path:
    """A part of the sample, lossless, with a mouth hidden by a blur."""
    from lipfx.effects.registry import parse_chain

    path = tmp_path_factory.mktemp("compare") / "after.mkv"
    apply(parse_chain("pixelate"), talking, path, ApplyOptions(start=START, end=END, codec="ffv1"))
    return path


def pictures(clip: Path) -> NDArray[Any]:
    with av.open(str(clip)) as container:
        return np.array([f.to_ndarray(format="rgb24") for f in container.decode(video=0)], float)


def shown(talking: Path, after: Path, output: Path, **options: Any) -> NDArray[Any]:
    settings = CompareOptions(start=START, end=END, labels=False, **options)
    assert compare(talking, after, output, settings) == 10
    return pictures(output)


def test_both_show_the_same_frame(tmp_path: Path, talking: Path, after: Path) -> None:
    film, source, made = shown(talking, after, tmp_path / "s.mp4"), pictures(talking)[25:35], pictures(after)
    assert film.shape == (10, 512, 1024, 3)
    assert np.abs(film[:, :, :512] - source).mean() < 2
    assert np.abs(film[:, :, 512:] - made).mean() < 2
    with av.open(str(tmp_path / "s.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_a_wipe_and_a_difference(tmp_path: Path, talking: Path, after: Path) -> None:
    source, made = pictures(talking)[25:35], pictures(after)
    wiped = shown(talking, after, tmp_path / "w.mp4", layout="wipe")
    line = round(512 * (0.5 - 0.5 * np.cos(2 * np.pi * START / 4)))
    assert np.abs(wiped[0, :, : line - 8] - made[0, :, : line - 8]).mean() < 2
    assert np.abs(wiped[0, :, line + 8 :] - source[0, :, line + 8 :]).mean() < 2
    apart = shown(talking, after, tmp_path / "d.mp4", layout="difference", height=256)
    assert apart.shape == (10, 256, 256, 3)
    changed = np.abs(source - made).max(axis=3).reshape(10, 256, 2, 256, 2).max(axis=(2, 4))
    assert apart[changed == 0].mean() < 4
    assert apart[changed > 40].mean() > 60


def test_a_matte_lies_on_the_lips(tmp_path: Path, talking: Path, after: Path) -> None:
    tinted, made = shown(talking, after, tmp_path / "m.mp4", layout="matte"), pictures(after)
    green = (tinted - made)[..., 1] > 30
    assert 0.002 < green.mean() < 0.05
    rows, columns = np.nonzero(green.any(axis=0))
    changed_rows, changed_columns = np.nonzero(np.abs(pictures(talking)[25:35] - made).max(axis=(0, 3)) > 24)
    assert abs(rows.mean() - changed_rows.mean()) < 20
    assert abs(columns.mean() - changed_columns.mean()) < 20


def test_labels_are_burnt_in_and_a_clip_that_ends_is_said(
    tmp_path: Path, lipfx: RunLipfx, talking: Path, after: Path
) -> None:
    plain = shown(talking, after, tmp_path / "p.mp4")
    done = lipfx("compare", talking, after, tmp_path / "l.mp4", "--start", START, "--end", "1.6")
    assert done.returncode == 0
    assert "ends after 10 frames, before" in done.stderr
    labelled = pictures(tmp_path / "l.mp4")
    apart = np.abs(labelled - plain).max(axis=(0, 3)) > 60
    assert apart[:26, :150].any()
    assert apart[:26, 512:700].any()
    assert apart[-26:, :200].any()
    assert not apart[40:-40].any()


def test_what_cannot_be_compared_is_said(tmp_path: Path, talking: Path, after: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(Path("docs/gallery/finishes.jpg").read_bytes())
    with pytest.raises(InputError, match="is a picture; compare takes clips"):
        compare(picture, after, tmp_path / "x.mp4")
    with pytest.raises(OutputError):
        compare(talking, after, after)
