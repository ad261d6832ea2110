"""Mattes as editors take them: layers, names, EXR, DPX, TIFF and clips."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.errors import LipfxError, MissingToolError, OutputError, UsageError
from lipfx.masks.edges import Edge, Length
from lipfx.pipeline import MaskOptions, masks, track
from tests.helpers import media

LAYERS = ("upper", "lower", "inner", "teeth")
FRAMES = 3

Matte: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="module")
def clip(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's beginning at 29.97 frames a second, with a timecode."""
    path = tmp_path_factory.mktemp("clip") / "shot.mov"
    rate = ("-vf", "setpts=N*1001/30000/TB", "-r", "30000/1001", "-an")
    return media.make(
        path, "-i", talking, *rate, "-frames:v", FRAMES, "-c:v", "libx264", "-timecode", "01:00:59;28"
    )


@pytest.fixture(scope="module")
def matte(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Matte:
    """Writes its mattes; its faces are found once."""
    tracks = tmp_path_factory.mktemp("tracks") / "shot.jsonl"
    track(clip, tracks)

    def write(output: Path, **fields: Any) -> Path:
        masks(clip, output, MaskOptions(tracks=tracks, **fields))
        return output

    return write


@pytest.fixture(scope="module")
def pictures(matte: Matte, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its mattes in 16 bits, a folder a layer."""
    return matte(tmp_path_factory.mktemp("out") / "png", bits=16, layers=("lips", *LAYERS))


def _read(path: Path) -> NDArray[Any]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None, path
    return np.asarray(picture)


def _of(pictures: Path, layer: str, index: int) -> NDArray[Any]:
    return _read(pictures / layer / f"{index:06d}.png")


def _decoded(path: Path, form: str, channels: int) -> NDArray[np.uint16]:
    """(frames, h, w, channels) samples of 16 bits as ffmpeg reads them."""
    command: list[Any] = ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", form, "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint16).reshape(-1, 512, 512, channels)


def test_layers_are_parts_of_each_other_and_of_16_bits(pictures: Path) -> None:
    upper, lower, inner, teeth, lips = (_of(pictures, name, 1) for name in (*LAYERS, "lips"))
    assert {m.dtype for m in (upper, lower, inner, teeth, lips)} == {np.dtype(np.uint16)}
    assert min(upper.max(), lower.max(), lips.max()) > 60000
    both = upper.astype(int) + lower
    assert (both - 2 <= lips).all()
    assert (lips <= np.minimum(both + inner, 65535) + 2).all()  # the seam of closed lips is theirs too
    assert (teeth <= inner).all()
    rows = [np.average(np.arange(512), weights=mask.sum(axis=1)) for mask in (upper, inner, lower)]
    assert rows == sorted(rows)


def test_an_exr_holds_all_layers_as_half_floats_with_timecode_and_rate(matte: Matte, pictures: Path) -> None:
    pytest.importorskip("OpenEXR")
    folder = pictures.parent / "exr"
    names = "{clip}.{frame:04}.exr"
    matte(folder, format="exr", layers=("lips", *LAYERS), names=names, start_number=1001)
    files = sorted(path.name for path in folder.glob("*.exr"))
    assert files == [f"shot.{1001 + k}.exr" for k in range(FRAMES)]
    header = (folder / files[0]).read_bytes()[:2000]
    for channel in ("lips.A", "lips_upper.A", "lips_lower.A", "mouth.A", "teeth.A"):
        assert f"{channel}\0".encode() + b"\1\0\0\0" in header  # half
    assert b"compression\0compression\0\1\0\0\0\2" in header  # ZIPS
    assert b"framesPerSecond\0rational\0\x08\0\0\0" + (30000).to_bytes(4, "little") in header
    # ffmpeg's own reader: the picture is the first layer, the timecode drops numbers at a full minute
    with av.open(str(folder / files[2]), format="exr_pipe") as file:
        frame = next(file.decode(video=0))
        kind: Any = np.float16 if "f16" in frame.format.name else np.float32
        planes = [np.frombuffer(bytes(plane), kind).reshape(512, -1)[:, :512] for plane in frame.planes]
    for plane in planes[:3]:
        assert np.abs(plane - _of(pictures, "lips", 2) / 65535).max() < 1 / 1024
    code = b"timeCode\0timecode\0\x08\0\0\0"
    last = (folder / files[2]).read_bytes()[:2000]
    assert last[last.index(code) + len(code) :][:4] == bytes([0x02 | 0x40, 0x00, 0x01, 0x01])


def test_an_exr_read_back_is_the_16_bit_png(matte: Matte, pictures: Path) -> None:
    pytest.importorskip("OpenEXR")
    from lipfx.video.stills.exr import read_exr

    folder = pictures.parent / "one"
    matte(folder, format="exr", layers=LAYERS, names="{layer}/{clip}_{frame:03}.exr")
    for name, channel in (("upper", "lips_upper.A"), ("inner", "mouth.A")):
        held = read_exr(folder / name / "shot_001.exr")
        assert set(held) == {"R", "G", "B", channel}
        assert np.abs(held[channel] - _of(pictures, name, 1) / 65535).max() < 1 / 1024


def test_exr_without_its_library_says_what_to_install(
    matte: Matte, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "OpenEXR", None)
    with pytest.raises(MissingToolError, match=r"pip install 'lipfx\[editor\]'"):
        matte(tmp_path / "out", format="exr")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("kind", "bits", "apart"), [("tiff", 16, 0), ("tiff", 8, 129), ("dpx", 8, 33), ("dpx", 16, 0)]
)
def test_tiff_and_dpx_hold_the_same(
    kind: Any, bits: int, apart: int, matte: Matte, pictures: Path, tmp_path: Path
) -> None:
    matte(tmp_path / "out", format=kind, bits=bits)
    path = tmp_path / "out" / f"000001.{'tif' if kind == 'tiff' else kind}"
    if kind == "tiff":
        mask = _read(path).astype(float) * (257 if bits == 8 else 1)
    else:
        rgb = _decoded(path, "rgb48le", 3)[0].astype(float)
        assert (rgb[..., 0] == rgb[..., 1]).all()
        mask = rgb[..., 2]
        assert path.read_bytes()[1920:1924] == bytes([0x01, 0x00, 0x59, 0x29 | 0x40])
    assert np.abs(mask - _of(pictures, "lips", 1)).max() <= apart


def test_four_mattes_in_a_prores_are_those_of_the_pictures(
    matte: Matte, pictures: Path, tmp_path: Path
) -> None:
    matte(tmp_path / "four.mov", layers=LAYERS)
    read = _decoded(tmp_path / "four.mov", "rgba64le", 4)
    assert len(read) == FRAMES
    for k, name in enumerate(LAYERS):
        wanted = np.stack([_of(pictures, name, index) for index in range(FRAMES)]).astype(float)
        wrong = np.abs(read[..., k] - wanted) * 1023 / 65535
        assert wrong.mean() < 0.1
        assert np.percentile(wrong, 99.9) < 4
    assert wrong.max() <= 2  # alpha is not compressed with loss
    tags = media.run("ffprobe", "-v", "error", "-show_streams", "-show_format", tmp_path / "four.mov")
    assert "timecode=01:00:59;28" in tags
    assert "codec_type=audio" not in tags


@pytest.mark.parametrize(
    ("name", "codec", "form", "apart"),
    [
        ("l.mov", None, "yuv444p12le", 24),
        ("l.mkv", None, "gray16le", 0),
        ("l.mov", "png", "gray16be", 0),
        ("l.mp4", None, "yuv420p10le", 500),
        ("l.mxf", None, "yuv444p12le", 24),
    ],
)
def test_a_luma_matte_fills_its_codecs_range(
    name: str, codec: str | None, form: str, apart: int, matte: Matte, pictures: Path, tmp_path: Path
) -> None:
    matte(tmp_path / name, bits=16, codec=codec)
    info = media.run("ffprobe", "-v", "error", "-show_streams", tmp_path / name)
    assert form[:-4] in info
    read = _decoded(tmp_path / name, "gray16le", 1)[..., 0].astype(float)
    wanted = np.stack([_of(pictures, "lips", index) for index in range(FRAMES)]).astype(float)
    assert np.percentile(np.abs(read - wanted), 99.9) <= max(64 * apart, 0)
    assert read.min() < 70
    assert read.max() > 65300


def test_names_layers_and_numbers_are_checked(matte: Matte, tmp_path: Path) -> None:
    wrong: Sequence[tuple[dict[str, Any], str, type[LipfxError]]] = [
        ({"layers": ("lips", "nose")}, "layer 'nose' is not known", UsageError),
        ({"layers": ("lips", "upper"), "names": "{clip}.{frame:04}.png"}, "same for all layers", UsageError),
        ({"names": "{clip}.png"}, "same for all frames", UsageError),
        ({"names": "{shot}.{frame:04}.png"}, r"\{shot\} is not known", UsageError),
        ({"names": "../{frame:04}.png"}, "leave the folder", UsageError),
        ({"kind": "labels", "format": "dpx"}, "labels are whole numbers", UsageError),
        ({"codec": "ffv1"}, "is of clips", UsageError),
    ]
    for fields, words, kind in wrong:
        with pytest.raises(kind, match=words):
            matte(tmp_path / "out", **fields)
    with pytest.raises(UsageError, match=r"name their folder, and --names 'm\.\{frame:04\}\.exr'"):
        matte(tmp_path / "m.%04d.exr")
    with pytest.raises(UsageError, match=r"m\.png names a picture; masks go into a folder"):
        matte(tmp_path / "m.png")
    for fields, words, kind in (
        ({"layers": ("lips", "upper"), "codec": "libx264"}, "mixes layers", UsageError),
        ({"layers": ("lips", *LAYERS)}, "4 channels, 5 layers", UsageError),
        ({"kind": "labels"}, "labels are whole numbers", UsageError),
        ({"codec": "nothing"}, "no encoder nothing", OutputError),
    ):
        with pytest.raises(kind, match=words):
            matte(tmp_path / "out.mov", **fields)
    assert list(tmp_path.iterdir()) == []


def test_masks_of_one_kind_take_the_place_of_another_ones(matte: Matte, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "out").mkdir()
    (out / "notes.txt").write_text("mine")
    kinds: Sequence[dict[str, Any]] = (
        {"names": "{clip}_{layer}.{frame:04}.tif", "start_number": 1001, "layers": ("upper", "lower")},
        {},
        {"layers": ("upper", "lower")},
        {"names": "{clip}_{layer}.{frame:04}.tif", "layers": ("lips",)},
    )
    for options in kinds:
        matte(out, overwrite=True, **options)
        assert (out / "notes.txt").read_text() == "mine"
    names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert names == ["frames.csv", "notes.txt", *(f"shot_lips.000{k}.tif" for k in range(FRAMES))]


def test_edges_move_and_soften_by_what_is_said() -> None:
    mask = np.zeros((200, 200), np.float32)
    cv2.circle(mask, (100, 100), 40, 1, -1)

    def radius(edge: Edge) -> float:
        return float((edge.of(mask, 100.0).sum() / np.pi) ** 0.5)

    plain = radius(Edge())
    for pixels in (2, 2.5, 13, -2, -9.5):
        grown = radius(Edge(grow=Length(pixels)))
        assert grown - plain == pytest.approx(pixels, abs=0.35)
    assert radius(Edge(grow=Length(0.05, of_mouth=True))) == radius(Edge(grow=Length(5)))
    row = Edge(feather=Length(20)).of(mask, 100.0)[100, 100:180]
    ten, ninety = (int(np.argmax(row < level)) for level in (0.1, 0.9))
    assert ten - ninety == pytest.approx(20, abs=2)
    for edge in (Edge(Length(7)), Edge(Length(-7)), Edge(Length(4), Length(12))):
        changed = np.abs(edge.of(mask, 100.0) - mask) > 1e-3
        reach = edge.reach(100.0)
        rows = np.nonzero(changed.any(axis=1))[0]
        assert rows.min() >= 60 - reach - 1


def test_persons_are_layers_of_one_exr_or_folders(talking: Path, tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    from lipfx.cli import choices
    from lipfx.video.stills.exr import read_exr

    photo = media.make(tmp_path / "anna.png", "-i", talking, "-frames:v", "1")
    who = choices.choice("all", [], [], [f"anna={photo}", f"bob={photo}"])
    for (kind, names), wanted in zip(
        itertools.product(("exr", "tiff"), ("", "{person}_{frame:02}")),
        (["000000.exr"], ["anna_00.exr", "bob_00.exr"], ["anna", "bob"], ["anna_00.tif", "bob_00.tif"]),
        strict=True,
    ):
        suffix = ".exr" if kind == "exr" else ".tif"
        options = MaskOptions(end=0.02, choice=who, format=kind, names=names and names + suffix)  # type: ignore[arg-type]
        folder = tmp_path / f"{kind}{len(names)}"
        masks(talking, folder, options)
        found = sorted(
            path.name for path in folder.iterdir() if path.name[0] != "." and path.suffix != ".csv"
        )
        assert found == wanted
    assert {"anna.lips.A", "bob.lips.A"} < set(read_exr(tmp_path / "exr0" / "000000.exr"))
