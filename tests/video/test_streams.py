"""The right streams: the film itself, sound with all its channels, covers, tags that are still true."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lipfx.errors import OutputError, UsageError
from lipfx.video.clip import Stream
from lipfx.video.ffmpeg.probe import Asking, probe
from lipfx.video.source import open_source, open_writer
from lipfx.video.writing.channels import LAYOUTS, fit
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.sounds import plan_sound
from tests.helpers import media

FAST = Encoding(codec="libx264", preset="ultrafast")
YUV = ("-pix_fmt", "yuv420p")
LIMITED = ("-strict", "unofficial")  # JPEG in the range of video


def streams(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = media.probe_json(path, "-show_streams")["streams"]
    return found


@pytest.fixture(scope="module")
def thumbnail_first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film behind a thumbnail that is a video stream of its own."""
    small, film = media.moving("32x24", frames=1), media.moving("64x48", frames=12)
    maps = ("-map", "0", "-map", "1", "-c:v:0", "mjpeg", *LIMITED, "-c:v:1", "libx264", *YUV)
    marked = ("-disposition:v:0", "0", "-disposition:v:1", "default")
    return media.make(tmp_path_factory.mktemp("films") / "in.mkv", *small, *film, *maps, *marked)


def test_the_film_is_taken_and_the_rest_named(thumbnail_first: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    notes = media.copy_through(thumbnail_first, output, FAST)
    assert media.video_stream(output)["width"] == 64
    assert len(media.frame_times(output)) == 12
    assert any("0 (mjpeg, 32x24)" in note and "--stream" in note for note in notes)


def test_another_stream_can_be_insisted_on(thumbnail_first: Path) -> None:
    assert probe(thumbnail_first, Asking(stream=0)).width == 32
    with pytest.raises(UsageError, match=r"--stream 7.*1 \(h264, 64x48\)"):
        open_source(thumbnail_first, stream=7)


def _unknown_last_sound(path: Path) -> None:
    """Gives the last track of a mov file a codec that nobody knows."""
    data = path.read_bytes()
    at = data.rindex(b"trak")
    path.write_bytes(data[:at] + data[at:].replace(b"mp4a", b"apac").replace(b"esds", b"esdx"))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts"])
def test_a_codec_that_nobody_knows_is_left_out_and_named(suffix: str, tmp_path: Path) -> None:
    sounds = (*media.tone(0.5), *media.tone(0.5), "-map", "0", "-map", "1", "-map", "2", "-c:a", "aac")
    source = media.make(tmp_path / "in.mov", *media.moving(), *sounds, *YUV)
    _unknown_last_sound(source)
    output = tmp_path / f"out{suffix}"
    notes = media.copy_through(source, output)
    assert [stream["codec_type"] for stream in streams(output)] == ["video", "audio"]
    assert any("sound 2" in note and "left out" in note for note in notes)


@pytest.mark.parametrize("encoder", ["libopus", "aac", "alac"])
def test_every_layout_keeps_all_its_channels_or_is_said_not_to(encoder: str) -> None:
    for layout, channels in LAYOUTS.items():
        fitting = fit(layout, len(channels), encoder)
        if fitting.filter is not None:
            name, *pairs = fitting.filter.removeprefix("pan=").split("|")
            assert sorted(pair.split("=")[1] for pair in pairs) == sorted(channels), layout
            assert all(pair.split("=")[0] in LAYOUTS[name] for pair in pairs), layout
            assert len(LAYOUTS[name]) == len(channels) or fitting.words, layout
        elif fitting.possible and fitting.options:
            assert fitting.words
    assert not fit(None, 16, "aac").possible
    assert fit(None, 16, "libopus").options == {"mapping_family": "255"}


@pytest.mark.parametrize(
    "layout", ["5.1(side)", "2.1", "4.0", "quad(side)", "5.0(side)", "7.1(wide)", "hexagonal"]
)
def test_layouts_that_opus_does_not_take_get_into_webm(layout: str, tmp_path: Path) -> None:
    channels = LAYOUTS[layout]
    # A tone of its own in every channel, so that each can be found again.
    tones = "|".join(f"0.2*sin({300 + 170 * k}*2*PI*t)" for k in range(len(channels)))
    sound = ("-f", "lavfi", "-i", f"aevalsrc={tones}:c={layout}:s=48000:d=0.4", "-c:a", "pcm_s16le")
    source = media.make(tmp_path / "in.mov", *media.moving(frames=6), *sound, *YUV)
    output = tmp_path / "out.webm"
    notes = media.copy_through(source, output)
    found = next(s for s in streams(output) if s["codec_type"] == "audio")
    assert int(str(found["channels"])) >= len(channels)
    assert any("sound" in note for note in notes)
    heard = media.run("ffmpeg", "-v", "info", "-i", output, "-af", "astats=metadata=0", "-f", "null", "-")
    assert heard == ""


SUFFIXES = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm", ".avi": "avi", ".ts": "mpegts"}
CODECS = (
    "aac",
    "ac3",
    "dts",
    "mp3",
    "opus",
    "vorbis",
    "flac",
    "alac",
    "pcm_s16le",
    "pcm_s24le",
    "truehd",
    "wmav2",
)
COUNTS = ((1, "mono"), (2, "stereo"), (6, "5.1(side)"), (8, "7.1"), (3, None), (12, None))


def test_every_sound_has_a_way_into_every_container_or_a_word(thumbnail_first: Path) -> None:
    clip = probe(thumbnail_first)
    for muxer, codec, (channels, layout) in itertools.product(SUFFIXES.values(), CODECS, COUNTS):
        stream = Stream(1, "audio", codec, "", 0.0, 1.0, None, frozenset(), {}, (0, 0), channels, layout)
        sound = plan_sound(stream, clip, muxer, Cut())
        told = f"{codec} {channels} in {muxer}: {sound}"
        assert sound.codec is not None or "left out" in sound.words, told
        assert sound.codec in ("copy", codec) or sound.words, told


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        (".wmv", ("-c:v", "wmv2", "-c:a", "wmav2")),
        (".avi", ("-c:v", "mjpeg", *LIMITED, "-c:a", "pcm_u8", *YUV)),
    ],
)
def test_old_sound_is_no_fault(suffix: str, form: tuple[str, ...], tmp_path: Path) -> None:
    """WMA's decoder keeps its first packet back; an AVI counts its samples, not packets of them."""
    source = media.make(tmp_path / f"in{suffix}", *media.moving(frames=25), *media.tone(1.0), *form)
    notes = media.copy_through(source, tmp_path / "out.mp4", FAST)
    assert [note for note in notes if "encoded as" not in note] == []
    assert [stream["codec_type"] for stream in streams(tmp_path / "out.mp4")] == ["video", "audio"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
@pytest.mark.parametrize("kind", ["gif", "png", "webp", "tiff"])
def test_covers_of_any_kind_are_kept_or_named(kind: str, suffix: str, tmp_path: Path) -> None:
    cover = tmp_path / f"cover.{kind}"
    Image.effect_noise((32, 32), 60).convert("RGB").save(cover)
    attach = ("-attach", cover, "-metadata:s:t:0", f"mimetype=image/{kind}")
    source = media.make(tmp_path / "in.mkv", *media.moving(), *attach, *YUV)
    output = tmp_path / f"out{suffix}"
    notes = media.copy_through(source, output)
    covers = [s for s in streams(output) if s["codec_type"] in ("video", "attachment")][1:]
    assert covers or any("cover" in note or "attachments" in note for note in notes)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _spherical(folder: Path) -> Path:
    """A clip that says to be seen all around, in stereo: with the boxes of cameras for that."""
    path = media.make(folder / "in.mp4", *media.moving(frames=5), "-c:v", "libx264", *YUV)
    data = bytearray(path.read_bytes())
    projection = _box(b"prhd", bytes(16)) + _box(b"equi", bytes(20))
    header = _box(b"svhd", bytes(4) + b"lipfx\0")
    boxes = _box(b"st3d", bytes(4) + b"\1") + _box(b"sv3d", header + _box(b"proj", projection))
    last = data.index(b"avcC") - 4
    last += struct.unpack_from(">I", data, last)[0]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = data.rindex(name) - 4
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(boxes))
    path.write_bytes(data[:last] + boxes + data[last:])
    return path


def _captioned(folder: Path) -> Path:
    """A clip with closed captions, as broadcasts carry them, within its pictures."""
    form = ("-c:v", "libx264", "-bf", "0", "-x264-params", "slices=1:aud=1", *YUV)
    raw = media.make(folder / "in.h264", *media.moving(frames=5), *form).read_bytes()
    captions = b"\xb5\x00\x31GA94\x03\x41\xff\xfc\x94\x20\xff"
    message = b"\x00\x00\x00\x01\x06\x04" + bytes([len(captions)]) + captions + b"\x80"
    start = b"\x00\x00\x00\x01\x09"  # of a picture, with one byte more
    pictures = [part[:1] + message + part[1:] for part in raw.split(start)[1:]]
    (folder / "in.h264").write_bytes(b"".join(start + part for part in pictures))
    return media.make(folder / "in.mp4", "-i", folder / "in.h264", "-c", "copy")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (_spherical, {"360-degree tags (equirectangular)", "stereo tags (top and bottom)"}),
        (_captioned, {"closed captions"}),
    ],
)
def test_what_lies_within_pictures_is_kept_or_named(
    make: Callable[[Path], Path], wanted: set[str], suffix: str, tmp_path: Path
) -> None:
    source, output = make(tmp_path), tmp_path / f"out{suffix}"
    assert set(probe(source).extras) == wanted
    notes = media.copy_through(source, output, FAST)
    kept = probe(output).extras
    assert all(words in kept or any(words in note for note in notes) for words in wanted)


def test_tags_that_became_false_go(tmp_path: Path) -> None:
    tags = ("-metadata:s:v:0", "BPS=123", "-metadata:s:v:0", "NUMBER_OF_FRAMES-eng=99")
    kept = ("-metadata:s:v:0", "language=fra")
    source = media.make(tmp_path / "in.mkv", *media.moving(), *tags, *kept, *YUV)
    output = tmp_path / "out.mkv"
    media.copy_through(source, output, FAST)
    found = media.video_stream(output)["tags"]
    assert found["language"] == "fra"
    assert not {"BPS", "NUMBER_OF_FRAMES-eng"}.intersection(found)


@pytest.fixture(scope="module")
def see_through(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VP9 whose left half is transparent."""
    half = "format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*gt(X,W/2)'"
    form = ("-vf", half, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime")
    return media.make(tmp_path_factory.mktemp("alpha") / "in.webm", *media.moving(frames=4), *form)


@pytest.mark.parametrize("suffix", [".webm", ".mkv", ".mov", ".mp4"])
def test_transparency_of_vp9_is_kept_or_said_to_go(see_through: Path, suffix: str, tmp_path: Path) -> None:
    output = tmp_path / f"out{suffix}"
    notes = media.copy_through(see_through, output)
    if suffix == ".mp4":
        assert any("without its transparency" in note for note in notes)
        assert "alpha_mode" not in {name.lower() for name in media.video_stream(output).get("tags", {})}
        return
    decoder = () if suffix == ".mov" else ("-c:v", "libvpx-vp9")
    alpha = (
        "-frames:v",
        "1",
        "-vf",
        "alphaextract",
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
        tmp_path / "a.raw",
    )
    media.run("ffmpeg", "-v", "error", *decoder, "-i", output, *alpha)
    samples = (tmp_path / "a.raw").read_bytes()[:64]
    assert max(samples[:28]) < 30
    assert min(samples[36:]) > 220


@pytest.mark.parametrize("pixels", ["gbrp", "yuv444p", "pal8"])
def test_mp4_plays_everywhere_unless_asked_otherwise(pixels: str, tmp_path: Path) -> None:
    suffix, codec = (".gif", "gif") if pixels == "pal8" else (".mkv", "ffv1")
    form = () if pixels == "pal8" else ("-pix_fmt", pixels)
    source = media.make(tmp_path / f"in{suffix}", *media.moving(frames=3), "-c:v", codec, *form)
    (note,) = media.copy_through(source, tmp_path / "out.mp4")
    found = media.video_stream(tmp_path / "out.mp4")
    assert (found["codec_name"], found["pix_fmt"]) == ("h264", "yuv420p")
    assert "--pix-fmt" in note
    media.copy_through(source, tmp_path / "all.mp4", Encoding(pixel_format="yuv444p"))
    assert media.video_stream(tmp_path / "all.mp4")["pix_fmt"] == "yuv444p"


def test_ten_bits_keep_their_depth_in_mp4(tmp_path: Path) -> None:
    source = media.make(
        tmp_path / "in.mkv", *media.moving(frames=3), "-c:v", "ffv1", "-pix_fmt", "yuv444p10le"
    )
    media.copy_through(source, tmp_path / "out.mp4")
    assert media.video_stream(tmp_path / "out.mp4")["pix_fmt"] == "yuv444p10le"


def test_a_pixel_format_that_no_encoder_takes_is_refused(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=3), *YUV)
    with pytest.raises(OutputError, match="--pix-fmt nosuch"):
        media.copy_through(source, tmp_path / "out.mp4", Encoding(pixel_format="nosuch"))


def test_pictures_that_change_their_size_are_fitted_with_bars_and_a_word(tmp_path: Path) -> None:
    parts = [
        media.make(tmp_path / f"{size}.ts", *media.moving(size, frames=6), *YUV, "-output_ts_offset", start)
        for size, start in (("64x48", 0), ("48x64", 0.24))
    ]
    source = tmp_path / "in.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    output = tmp_path / "out.mkv"
    with open_source(source) as reader, open_writer(output, reader.clip, Encoding(codec="ffv1")) as writer:
        frames = list(reader)
        for frame in frames:
            writer.write(frame)
    assert len(frames) == len(media.frame_times(output)) > 10
    assert any("changes its size" in note for note in reader.notes)
    luma = frames[-1].planes[0]
    assert luma.shape == (48, 64)
    assert luma[:, :10].std() < 1  # a bar, since the picture is not squeezed
    assert luma[:, 24:40].std() > 10


def joined(folder: Path, ending: str, *kinds: tuple[object, ...]) -> Path:
    """A recording of 12 frames of each kind, one after the other."""
    parts = [
        media.make(folder / f"{place}.{ending}", *media.moving("64x64", frames=12), *kind)
        for place, kind in enumerate(kinds)
    ]
    path = folder / f"in.{ending}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def test_another_pixel_format_in_mid_stream_is_said(tmp_path: Path) -> None:
    words = ("-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "repeat-headers=1")
    source = joined(tmp_path, "ts", (*words, *YUV), (*words, "-pix_fmt", "yuv444p"))
    with open_source(source) as reader:
        frames = list(reader)
    assert len(frames) == 24
    assert {frame.planes[1].shape for frame in frames} == {(32, 32)}
    assert any("changes its size or pixel format at frame 12" in note for note in reader.notes)


def test_interlacing_in_mid_stream_is_said_and_undone_where_asked(tmp_path: Path) -> None:
    words = ("-c:v", "mpeg2video", "-q:v", "2")
    fields = ("-vf", "setfield=tff", "-flags", "+ildct+ilme")
    source = joined(tmp_path, "ts", words, (*fields, *words))
    pictures = []
    for deinterlace in (False, True):
        with open_source(source, deinterlace=deinterlace) as reader:
            pictures.append([frame.planes[0] for frame in reader])
        assert any("is interlaced from 0." in note for note in reader.notes) != deinterlace
        assert not any("damaged" in note for note in reader.notes)
    same = [np.array_equal(one, other) for one, other in zip(*pictures, strict=True)]
    assert same == [True] * 12 + [False] * 12


def test_timecode_chapters_and_subtitles_move_with_the_cut(tmp_path: Path) -> None:
    words, chapters = tmp_path / "s.srt", tmp_path / "c.txt"
    words.write_text("1\n00:00:00,000 --> 00:00:00,300\ngone\n\n2\n00:00:00,800 --> 00:00:02,000\nstays\n")
    chapters.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1200\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1200\nEND=3000\ntitle=Two\n"
    )
    source = media.make(
        tmp_path / "in.mov",
        *media.moving(frames=75),
        *("-i", words, "-i", chapters, "-map", "0", "-map", "1", "-map_chapters", "2"),
        *("-c:s", "mov_text", "-timecode", "01:00:00:00", *YUV),
    )
    output = tmp_path / "out.mp4"
    media.copy_through(source, output, FAST, Cut(1.0, 2.5))
    answer = media.probe_json(output, "-show_streams", "-show_chapters")
    assert [s["tags"]["timecode"] for s in answer["streams"] if s["codec_tag_string"] == "tmcd"] == [
        "01:00:01:00"
    ]
    assert [float(c["start_time"]) for c in answer["chapters"]] == pytest.approx([0, 0.2], abs=0.01)
    shown = media.run("ffmpeg", "-v", "error", "-i", output, "-map", "0:s", "-f", "srt", "-")
    assert "stays" in shown
    assert "00:00:00,000 --> 00:00:01,000" in shown
    assert "gone" not in shown


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_subtitles_that_change_their_kind_move_with_the_cut(tmp_path: Path, suffix: str) -> None:
    """The first is on screen where the cut begins; the last of them is as good as the others."""
    words, output = tmp_path / "s.srt", tmp_path / f"out{suffix}"
    lines = ("00:00:00,500 --> 00:00:01,500\nearly", "00:00:02,000 --> 00:00:04,000\nlate")
    words.write_text("".join(f"{number}\n{line}\n\n" for number, line in enumerate(lines, start=1)))
    inputs = (*media.moving(frames=100), "-i", words, "-map", "0", "-map", "1")
    source = media.make(tmp_path / "in.mkv", *inputs, *YUV, "-c:s", "subrip")
    media.copy_through(source, output, None if suffix == ".webm" else FAST, Cut(1.0, 3.0))
    shown = media.run("ffmpeg", "-v", "error", "-i", output, "-map", "0:s", "-f", "srt", "-").split("\n")
    assert [line for line in shown if line and not line.isdecimal()] == [
        "00:00:00,000 --> 00:00:00,500",
        "early",
        "00:00:01,000 --> 00:00:03,000",
        "late",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
