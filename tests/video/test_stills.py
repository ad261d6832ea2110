"""Still pictures of every kind work or are refused in one line; what lies beside their samples is kept."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from lipfx.errors import InputError, OutputError
from lipfx.video.source import open_source, open_writer
from lipfx.video.stills.images import read_pixels, write_pixels
from lipfx.video.writing.cut import Cut
from tests.helpers import media

PICTURE = np.stack(np.meshgrid(np.arange(0, 256, 4), np.arange(0, 256, 5), [90]), axis=-1)[:, :, 0].astype(
    np.uint8
)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf/></x:xmpmeta>"


def image(mode: str) -> Image.Image:
    plain = Image.fromarray(PICTURE)
    if mode == "LAB":
        return ImageCms.profileToProfile(  # type: ignore[return-value]
            plain, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
    if mode == "P":
        return plain.quantize(64)
    return plain.convert(mode)


def through(source: Path, output: Path) -> list[str]:
    with open_source(source) as reader, open_writer(output, reader.clip) as writer:
        for frame in reader:
            writer.write(frame)
    return writer.notes


MODES = ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB")
EXPOSURE, PLACE = 0x8769, 0x8825  # directories within EXIF's
KINDS = [(mode, how) for mode in MODES for how in (None, "tiff_lzw")]
KINDS += [(mode, "jpeg") for mode in ("L", "RGB", "CMYK", "YCbCr")]  # JPEG holds no others


@pytest.mark.parametrize(("mode", "compression"), KINDS)
def test_tiff_of_every_kind_comes_out_as_one_that_opens(
    mode: str, compression: str | None, tmp_path: Path
) -> None:
    source, output = tmp_path / "in.tif", tmp_path / "out.tif"
    image(mode).save(source, compression=compression, dpi=(300, 300), description="mine")
    through(source, output)
    with Image.open(output) as written:
        written.load()
        assert written.size == (64, 52)
        assert written.mode in ("L", "RGB", "RGBA")
        assert round(written.info["dpi"][0]) == 300
        assert written.getexif()[270] == "mine"
        if mode not in ("1", "L"):
            shown = np.asarray(written.convert("RGB"), int)
            assert np.abs(shown - PICTURE).mean() < (25 if mode == "CMYK" else 12)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_samples_of_other_kinds_are_refused_in_one_line(mode: str, tmp_path: Path) -> None:
    image("L").convert(mode).save(tmp_path / "in.tif")
    with pytest.raises(InputError, match="samples of the kind"):
        through(tmp_path / "in.tif", tmp_path / "out.tif")


def several(path: Path, **options: Any) -> Path:
    first, *others = (Image.fromarray(np.roll(PICTURE, 9 * k, axis=1)) for k in range(3))
    first.save(path, save_all=True, append_images=others, **options)
    return path


@pytest.mark.parametrize(
    ("name", "words"), [("in.tif", "3 pages"), ("in.webp", "3 pictures"), ("in.avif", "3 pictures")]
)
def test_several_pictures_are_never_cut_to_one(name: str, words: str, tmp_path: Path) -> None:
    source = several(tmp_path / name)
    with pytest.raises(InputError, match=words):
        through(source, tmp_path / "out.png")
    with pytest.raises(InputError, match=words):
        open_source(tmp_path).__enter__().__next__()


@pytest.mark.parametrize("name", ["in.png", "in.gif"])
def test_animations_are_clips(name: str, tmp_path: Path) -> None:
    source = several(tmp_path / name, duration=200)
    media.copy_through(source, tmp_path / "out.mp4")
    assert media.frame_times(tmp_path / "out.mp4") == pytest.approx([0, 0.2, 0.4])
    with pytest.raises(OutputError, match="more frames"):
        through(source, tmp_path / "out.png")


@pytest.mark.parametrize("suffix", [".jfif", ".avif", ".jp2", ".tga", ".ppm", ".webp", ".jpeg", ".bmp"])
def test_other_kinds_of_pictures_work(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"in{suffix}"
    Image.fromarray(PICTURE).save(source)
    through(source, tmp_path / f"out{suffix}")
    assert np.abs(read_pixels(tmp_path / f"out{suffix}").astype(int) - PICTURE).mean() < 8


def test_stereo_photographs_count_as_their_first_picture(tmp_path: Path) -> None:
    source = several(tmp_path / "in.mpo")
    through(source, tmp_path / "out.jpg")
    assert read_pixels(tmp_path / "out.jpg").shape == PICTURE.shape


@pytest.mark.parametrize("value", [b"6", "6", 6.5, 99])
def test_orientation_of_any_type_is_none(value: object, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    exif[0x010F] = "A camera"
    source = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(source, exif=exif)
    reading = Image.Image.getexif

    def odd(self: Image.Image) -> Image.Exif:
        found = reading(self)
        found[0x0112] = value
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "getexif", odd)
        assert read_pixels(source).shape == PICTURE.shape


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_profile_resolution_xmp_and_exif_are_kept(suffix: str, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    source, output = tmp_path / "in.jpg", tmp_path / f"out{suffix}"
    Image.fromarray(PICTURE).save(source, icc_profile=profile, exif=exif, dpi=(150, 150), xmp=XMP)
    notes = through(source, output)
    with Image.open(output) as written:
        assert written.info["icc_profile"] == profile
        assert written.getexif()[0x010F] == "A camera"
        if suffix == ".webp":
            assert any("resolution" in note for note in notes)
        else:
            assert round(written.info["dpi"][0]) == 150
    assert XMP in output.read_bytes()


def test_the_profile_of_other_samples_is_left_out_with_a_word(tmp_path: Path) -> None:
    image("CMYK").save(tmp_path / "in.tif", icc_profile=bytes(16) + b"CMYK" + bytes(108))
    assert any("colour profile" in note for note in through(tmp_path / "in.tif", tmp_path / "out.tif"))


def test_large_pictures_are_taken_without_a_warning_and_larger_ones_refused(tmp_path: Path) -> None:
    Image.new("1", (14000, 14000)).save(tmp_path / "large.png")
    Image.new("1", (17000, 17000)).save(tmp_path / "larger.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_source(tmp_path / "large.png").clip.width == 14000
        with pytest.raises(InputError, match="268435456"):
            open_source(tmp_path / "larger.png")


def test_one_frame_of_a_clip_is_a_picture(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=5), "-pix_fmt", "yuv420p", "-crf", "1")
    with (
        open_source(source, 0.08, 0.1) as reader,
        open_writer(tmp_path / "out.png", reader.clip, cut=Cut(0.08, 0.1)) as w,
    ):
        for frame in reader:
            w.write(frame)
    wanted = media.make(
        tmp_path / "wanted.png",
        "-i",
        source,
        "-vf",
        "select=eq(n\\,2),scale=flags=accurate_rnd+full_chroma_int",
        "-frames:v",
        "1",
    )
    assert np.abs(read_pixels(tmp_path / "out.png").astype(int) - read_pixels(wanted)).mean() < 8


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_picture_that_is_written_twice_is_the_same(depth: type, suffix: str, tmp_path: Path) -> None:
    pixels: NDArray[Any] = PICTURE.astype(depth) * (257 if depth is np.uint16 else 1)
    before = pixels.copy()
    for name in "ab":
        assert write_pixels(tmp_path / f"{name}{suffix}", pixels) == []
        assert np.array_equal(pixels, before)
        assert np.array_equal(read_pixels(tmp_path / f"{name}{suffix}"), before)


def test_only_transparency_that_shows_is_refused_where_there_is_none(tmp_path: Path) -> None:
    alpha = np.full((*PICTURE.shape[:2], 1), 255, np.uint8)
    source = tmp_path / "in.gif"
    Image.fromarray(PICTURE).save(source)  # which ffmpeg decodes with alpha, as every GIF
    through(source, tmp_path / "out.jpg")
    assert read_pixels(tmp_path / "out.jpg").shape == PICTURE.shape
    alpha[5] = 0
    Image.fromarray(np.concatenate([PICTURE, alpha], axis=2)).save(tmp_path / "in.png")
    with pytest.raises(OutputError, match=r"^\.jpg has no transparency"):
        through(tmp_path / "in.png", tmp_path / "other.jpg")
    assert not (tmp_path / "other.jpg").exists()


@pytest.mark.parametrize("ending", [".jpg", ".tiff"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff"])
def test_exposure_and_place_of_a_photograph_are_kept(tmp_path: Path, ending: str, suffix: str) -> None:
    """Both lie in directories within EXIF's own."""
    source, output = tmp_path / f"in{ending}", tmp_path / f"out{suffix}"
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(EXPOSURE)[0x9003] = "2020:01:02 03:04:05"
    exif.get_ifd(PLACE)[1] = "N"
    stored = Image.Exif()
    stored.load(exif.tobytes())
    Image.new("RGB", (40, 30), (200, 30, 20)).save(source, exif=stored)
    with open_source(source) as reader, open_writer(output, reader.clip, provenance="told") as writer:
        writer.write(next(reader))
    assert not any("EXIF" in note for note in writer.notes)
    with Image.open(output) as picture:
        kept = picture.getexif()
        assert kept[0x010F] == "A camera"
        assert kept.get_ifd(EXPOSURE) == {0x9003: "2020:01:02 03:04:05"}
        assert kept.get_ifd(PLACE) == {1: "N"}
