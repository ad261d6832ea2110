"""Mattes that come back: unedited ones change nothing, edited ones count, hold-outs keep effects away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core.moments import Span
from lipfx.effects.registry import parse_chain
from lipfx.errors import InputError, OutputError
from lipfx.pipeline import ApplyOptions, Corrections, MaskOptions, apply, masks, track
from lipfx.video.source import open_source

FRAMES, END = 3, 0.1
Frames: TypeAlias = "list[NDArray[Any]]"


@pytest.fixture(scope="module")
def tracks(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tracks") / "talking.jsonl"
    track(talking, path)
    return path


@pytest.fixture
def made(talking: Path, tracks: Path, tmp_path: Path) -> Callable[..., Frames]:
    """The luma of the sample's first frames with effects, decoded from a lossless codec."""

    def render(chain: str = "teeth-whiten+lipstick", **corrections: Any) -> Frames:
        options = ApplyOptions(
            end=END, tracks=tracks, codec="ffv1", overwrite=True, corrections=Corrections(**corrections)
        )
        apply(parse_chain(chain), talking, tmp_path / "made.mkv", options)
        with open_source(tmp_path / "made.mkv") as frames:
            return [np.concatenate([plane.ravel() for plane in frame.planes]) for frame in frames]

    return render


@pytest.fixture
def written(talking: Path, tracks: Path) -> Callable[..., Path]:
    """Writes mattes of the same frames."""

    def write(output: Path, **fields: Any) -> Path:
        masks(talking, output, MaskOptions(end=END, tracks=tracks, **fields))
        return output

    return write


def _luma(frame: NDArray[Any]) -> NDArray[Any]:
    return frame[: 512 * 512].reshape(512, 512)


def _same(one: Frames, other: Frames) -> bool:
    return len(one) == len(other) == FRAMES and all(map(np.array_equal, one, other))


def test_mattes_that_nobody_has_edited_change_nothing(
    made: Callable[..., Frames], written: Callable[..., Path], tmp_path: Path
) -> None:
    plain = made()
    three = ("upper", "lower", "inner")
    for name, fields in (
        ("lips", {}),
        ("deep", {"bits": 16, "layers": three}),
        ("numbered", {"names": "{clip}_{layer}.{frame:04}.tif", "layers": three, "start_number": 1001}),
        ("dpx", {"format": "dpx"}),
        ("faces", {"per_face": True}),
        ("four.mov", {"layers": (*three, "teeth")}),
        ("luma.mkv", {}),
    ):
        start = int(str(fields.get("start_number", 0)))
        given = written(tmp_path / name, **fields)
        assert _same(plain, made(mattes=given, start_number=start)), name


def test_what_comes_and_goes_with_a_part_of_the_clip_is_no_edit(
    talking: Path, tracks: Path, tmp_path: Path
) -> None:
    part: dict[str, Any] = {
        "end": 0.2,
        "tracks": tracks,
        "during": (Span.read("0.04-0.2"),),
        "fade": 0.08,
    }
    masks(talking, tmp_path / "faded", MaskOptions(**part))
    masks(talking, tmp_path / "whole", MaskOptions(end=0.2, tracks=tracks))
    outputs = []
    for given in (None, tmp_path / "faded", tmp_path / "whole"):
        output = tmp_path / f"{given and given.name}.mkv"
        options = ApplyOptions(**part, codec="ffv1", corrections=Corrections(given))
        apply(parse_chain("lipstick"), talking, output, options)
        with open_source(output) as frames:
            outputs.append([frame.planes[0].copy() for frame in frames])
    for plain, faded, whole in zip(*outputs, strict=True):
        assert np.array_equal(plain, faded)
        assert np.array_equal(plain, whole)


def test_an_exr_of_layers_comes_back(
    made: Callable[..., Frames], written: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("OpenEXR")
    given = written(tmp_path / "exr", format="exr", layers=("lips", "upper", "lower", "inner", "teeth"))
    assert _same(made(), made(mattes=given))


def test_what_is_painted_counts_in_its_frames_alone(
    made: Callable[..., Frames], written: Callable[..., Path], tmp_path: Path
) -> None:
    folder, chain = written(tmp_path / "lips"), "lipstick:shade=ruby"
    path = folder / "000001.png"
    matte = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    y, x = np.nonzero(matte > 128)
    middle, blob = int(x.mean()), (x.max() - 5, y.max() + 8)
    edited = matte.copy()
    edited[:, :middle] = 0
    cv2.circle(edited, blob, 8, 255, -1)
    cv2.imwrite(str(path), edited)
    (folder / "000002.png").unlink()
    bare, plain, painted = made("lipstick:opacity=0"), made(chain), made(chain, mattes=folder)
    assert np.array_equal(plain[0], painted[0])
    assert np.array_equal(plain[2], painted[2])
    was, now, skin = (_luma(frames[1]).astype(int) for frames in (plain, painted, bare))
    assert np.array_equal(now[:, : middle - 2], skin[:, : middle - 2])
    assert (was[:, : middle - 2] != skin[:, : middle - 2]).any()
    assert (skin - now)[blob[1] - 3 : blob[1] + 3, blob[0] - 3 : blob[0] + 3].min() > 20


def test_held_out_pixels_are_the_clips_own(made: Callable[..., Frames], tmp_path: Path) -> None:
    held = np.zeros((512, 512), np.uint8)
    held[:, 250:] = 255
    (tmp_path / "hand").mkdir()
    for index in range(FRAMES):
        cv2.imwrite(str(tmp_path / "hand" / f"{index:04}.png"), held)
    bare = made("lipstick:opacity=0")
    for chain in ("lipstick:shade=ruby", "blur"):
        plain, kept = made(chain), made(chain, holdout=tmp_path / "hand")
        for free, all_, some in zip(bare, plain, kept, strict=True):
            assert np.array_equal(_luma(some)[:, 250:], _luma(free)[:, 250:])
            beside = np.abs(_luma(some)[:, :235].astype(int) - _luma(all_)[:, :235])
            assert beside.max() <= 8, chain  # effects look at what they may have
            assert (_luma(all_)[:, 250:] != _luma(free)[:, 250:]).any()
    matte = made("mask", holdout=tmp_path / "hand")
    assert _luma(matte[0])[:, 250:].max() == 16
    assert _luma(matte[0])[:, :246].max() == 235


def test_mattes_that_cannot_be_meant_are_refused(
    made: Callable[..., Frames], written: Callable[..., Path], tmp_path: Path
) -> None:
    numbered = written(tmp_path / "n", names="{frame:04}.png", start_number=1001)
    small, empty = tmp_path / "small", tmp_path / "empty"
    small.mkdir()
    empty.mkdir()
    cv2.imwrite(str(small / "000001.png"), np.zeros((100, 200), np.uint8))
    for given, words in (
        (numbered, r"has numbers 1001 to 1003, .* --start-number"),
        (small, "is 200x100, wanted 512x512"),
        (empty, "holds no numbered picture"),
        (tmp_path / "none", "does not exist"),
    ):
        for kind in ("mattes", "holdout"):
            (tmp_path / "made.mkv").unlink(missing_ok=True)
            with pytest.raises(InputError, match=words):
                made(**{kind: given})
            assert not (tmp_path / "made.mkv").exists()
    (tmp_path / "made.mkv").write_bytes(b"mine")
    with pytest.raises(OutputError, match="input"):
        made(mattes=tmp_path / "made.mkv")
