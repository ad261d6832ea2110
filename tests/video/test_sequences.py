"""Numbered pictures as clips, in and out: patterns, gaps, rates, what their numbers mean."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.cli.common import frame_rate
from lipfx.cli.outputs import output_for, written_suffix
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Space
from lipfx.errors import InputError, LipfxError, MissingToolError, UsageError
from lipfx.video.source import is_still, open_source, open_writer
from lipfx.video.stills.light import light_of, samples_of
from lipfx.video.stills.stamp import Stamp
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

COUNT = 4


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """shot.1001.png to shot.1004.png, and something else."""
    media.make(tmp_path / "shot.%04d.png", *media.moving(frames=COUNT), "-start_number", 1001)
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path / "shot.%04d.png"


def _frames(path: Path, **reading: Any) -> list[NDArray[Any]]:
    with open_source(path, **reading) as frames:
        return [np.stack(frame.planes) for frame in frames]


def _copied(source: Path, target: Path, encoding: Encoding | None = None, **reading: Any) -> Path:
    with (
        open_source(source, **reading) as reader,
        open_writer(target, reader.clip, encoding, overwrite=True) as writer,
    ):
        for frame in reader:
            writer.write(frame)
    return target


def _same(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@pytest.mark.parametrize("ending", [".png", ".tif", ".dpx", ".exr"])
def test_pictures_go_in_and_out_as_they_are(ending: str, shot: Path) -> None:
    first = _copied(shot, shot.with_name(f"a.####{ending}"), rate=Fraction(24))
    again = _copied(first, shot.with_name(f"b_%04d{ending}"))
    names = sorted(path.name for path in shot.parent.glob("b_*"))
    assert names == [f"b_{1001 + k}{ending}" for k in range(COUNT)]
    assert _same(_frames(first), _frames(again))
    if ending in (".png", ".tif"):
        assert _same(_frames(shot), _frames(again))
    with open_source(shot) as plain, open_source(again) as frames:
        for one, other in zip(plain, frames, strict=True):
            seen, made = (
                read_patch(frame, Box(0, 0, frame.width, frame.height), Space.ENCODED)
                for frame in (one, other)
            )
            assert np.abs(seen - made).max() < (1 / 1000 if ending == ".dpx" else 1 / 500)


def test_a_clip_of_pictures_is_the_clip_that_they_were_made_from(shot: Path) -> None:
    clip = media.make(shot.with_name("clip.mkv"), *media.moving(frames=COUNT), "-c:v", "ffv1")
    whole = _copied(shot, shot.with_name("out.mkv"), Encoding("ffv1"), rate=frame_rate("23.976"))
    assert _same(_frames(clip), _frames(whole))
    assert media.frame_times(whole) == pytest.approx([k * 1001 / 24000 for k in range(COUNT)], abs=1e-3)


def test_patterns_folders_ranges_and_gaps(shot: Path) -> None:
    wanted = _frames(shot)
    assert len(wanted) == COUNT
    folder = shot.parent
    for name in ("shot.####.png", "shot.#.png", "shot.@@@@.png", "shot.1001-1004#.png"):
        assert _same(wanted, _frames(folder / name)), name
    assert _same(wanted, _frames(folder, rate=Fraction(24)))
    assert _same(wanted[1:3], _frames(folder / "shot.1002-1003#.png"))
    assert _same(wanted[1:3], _frames(shot, rate=Fraction(10), start=0.1, end=0.3))
    assert is_still(folder)
    assert not is_still(shot)
    with open_source(folder) as photographs:
        assert photographs.clip.still
    with open_source(shot, rate=Fraction(24)) as clip:
        assert (clip.clip.first_number, clip.clip.frame_rate, clip.notes) == (1001, Fraction(24), [])
    with open_source(shot) as untold:
        assert "tells no frame rate" in untold.notes[0]
    (folder / "shot.1003.png").unlink()
    wrong: list[tuple[Path, dict[str, Any], str, type[LipfxError]]] = [
        (shot, {}, "lacks 1003", InputError),
        (folder / "shot.1001-1004#.png", {}, "lacks 1003", InputError),
        (folder / "nix.%04d.png", {}, "no pictures of that name", InputError),
        (folder / "shot.1001.png", {"rate": Fraction(24)}, "no sequence of numbered", UsageError),
        (shot, {"space": "cmyk"}, "'cmyk' is not known", UsageError),
    ]
    for path, reading, words, kind in wrong:
        with pytest.raises(kind, match=words):
            open_source(path, **reading)
    media.make(folder / "other.%02d.png", *media.moving(frames=2))
    with pytest.raises(InputError, match=r"other\.##\.png, shot\.####\.png, wanted one"):
        open_source(folder, rate=Fraction(24))
    media.make(folder / "shot.1003.png", *media.moving("32x32", frames=1))
    with open_source(shot) as reader, pytest.raises(InputError, match=r"shot.1003.png is 32x32"):
        list(reader)


def test_timecode_and_rate_of_exr_go_on_into_a_clip(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    from lipfx.video.stills.exr import read_exr, write_exr

    ramp = np.linspace(0, 8, 64 * 48).reshape(48, 64).astype(np.float16)
    rate = Fraction(24000, 1001)
    for k in range(3):
        channels = dict.fromkeys("RGB", ramp)
        write_exr(tmp_path / f"s.{k + 1:03}.exr", channels, Stamp((10, 0, 0, 5 + k), False, rate))
    clip = _copied(tmp_path / "s.%03d.exr", tmp_path / "s.mov", Encoding("ffv1"))
    info = media.run("ffprobe", "-v", "error", "-show_streams", clip)
    assert "timecode=10:00:00:05" in info
    assert "r_frame_rate=24000/1001" in info
    later = _copied(tmp_path / "s.%03d.exr", tmp_path / "o.%03d.exr", start=0.05)
    assert not (tmp_path / "o.001.exr").exists()
    assert np.array_equal(read_exr(later.with_name("o.003.exr"))["G"], ramp)  # highlights and all
    with open_source(tmp_path / "o.003-003#.exr") as reader:
        assert (reader.clip.timecode, reader.clip.frame_rate) == ("10:00:00:07", rate)


@pytest.mark.parametrize(("left", "top", "seen"), [(1, 1, 6), (3, 2, 1), (-1, -1, 4), (5, 4, 0), (0, -7, 0)])
def test_an_exr_holds_data_beside_what_is_shown(tmp_path: Path, left: int, top: int, seen: int) -> None:
    exr = pytest.importorskip("OpenEXR")
    from lipfx.video.stills.exr import read_exr

    window = (np.array([left, top], np.int32), np.array([left + 2, top + 2], np.int32))
    shown = (np.array([0, 0], np.int32), np.array([3, 2], np.int32))
    header = {"type": exr.scanlineimage, "dataWindow": window, "displayWindow": shown}
    with exr.File(header, {"Y": np.ones((3, 3), np.float16)}) as file:
        file.write(str(tmp_path / "part.exr"))
    held = read_exr(tmp_path / "part.exr")["Y"]
    assert held.shape == (3, 4)
    assert held.sum() == seen


def test_half_floats_of_light_come_back_from_samples() -> None:
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16)
    back = light_of(samples_of(halves.astype(np.float32)))
    usual = (halves >= 0.001) & (halves < 49)
    assert np.array_equal(back[usual], halves[usual])
    dark = halves < 0.001
    assert np.abs(back[dark].view(np.uint16).astype(int) - halves[dark].view(np.uint16)).max() <= 1
    assert samples_of(np.array([-1, np.nan], np.float32)).tolist() == [0, 0]


def test_numbers_mean_what_is_said(shot: Path) -> None:
    box = Box(0, 0, 64, 48)
    with open_source(shot, space="linear") as linear, open_source(shot) as usual:
        raw, plain = (np.stack(next(frames).planes) for frames in (linear, usual))
        assert np.array_equal(raw, plain)
    with open_source(shot, space="linear") as linear:
        frame = next(linear)
        light = read_patch(frame, box, Space.LINEAR)
    assert np.allclose(light[..., 1], frame.planes[0] / 255, atol=1e-4)


def test_printing_density_is_light_and_comes_back(tmp_path: Path) -> None:
    from lipfx.video.stills.dpx import read_dpx, write_dpx

    codes = np.arange(1024, dtype=np.uint16).reshape(16, 64)
    deep = (codes << 6 | codes >> 4).astype(np.uint16)
    for k in range(2):
        write_dpx(tmp_path / f"p.{k:03}.dpx", deep, 10, Stamp())
    out = _copied(tmp_path / "p.###.dpx", tmp_path / "q.###.dpx", space="log")
    assert np.array_equal(read_dpx(out.with_name("q.001.dpx"))[..., 0], deep)
    with open_source(tmp_path / "p.###.dpx", space="log") as frames:
        light = read_patch(next(frames), Box(0, 0, 64, 16), Space.LINEAR)[..., 1].ravel()
    assert light[[95, 685]] == pytest.approx([0, 1], abs=1e-3)
    assert light[[585, 785]] == pytest.approx([10 ** (-1 / 3), 10 ** (1 / 3)], rel=0.02)


def test_without_fileseq_a_word_says_what_to_install(shot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fileseq", None)
    with pytest.raises(MissingToolError, match=r"pip install 'lipfx\[editor\]'"):
        open_source(shot)


def test_rates_and_names_are_those_that_are_meant(shot: Path) -> None:
    for text, wanted in (("24", 24), ("23.976", Fraction(24000, 1001)), ("29.97", Fraction(30000, 1001))):
        assert frame_rate(text) == wanted
    assert (frame_rate("12.5"), frame_rate("60000/1001")) == (Fraction(25, 2), Fraction(60000, 1001))
    assert frame_rate("0.005") == Fraction(1, 200)
    for text in ("0", "-1", "fast", "1/0"):
        with pytest.raises(UsageError, match="no frame rate"):
            frame_rate(text)
    for name, made in (("shot.%04d.png", "shot-red.%04d.png"), ("shot.1001-1002#.png", "shot-red.#.png")):
        source = shot.with_name(name)
        assert output_for(source, None, "red", written_suffix(source)).name == made
