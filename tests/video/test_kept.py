"""What goes with the pictures comes out as it was: geometry, colour, sound, subtitles, chapters, metadata."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from lipfx.errors import InputError, OutputError
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.source import open_source
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

LOSSLESS = Encoding(codec="libx264", crf=0, preset="ultrafast")
CHAPTERS = """;FFMETADATA1
title=My clip
artist=Me
[CHAPTER]
TIMEBASE=1/1000
START=0
END=200
title=One
[CHAPTER]
TIMEBASE=1/1000
START=200
END=480
title=Two
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Matroska file with two sounds, subtitles, chapters, tags, a font and a cover."""
    folder = tmp_path_factory.mktemp("rich")
    words, chapters, font, cover = (folder / n for n in ("s.srt", "c.txt", "f.ttf", "c.jpg"))
    words.write_text("1\n00:00:00,100 --> 00:00:00,400\nhello\n")
    chapters.write_text(CHAPTERS)
    font.write_bytes(b"font" * 50)
    media.make(cover, *media.moving("32x32", frames=1))
    return media.make(
        folder / "rich.mkv",
        *(*media.moving(), *media.tone(0.5), *media.tone(0.5), "-i", words, "-i", chapters),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4", "-map_chapters", "4"),
        *("-c:a:0", "aac", "-c:a:1", "ac3", "-c:s", "srt", "-pix_fmt", "yuv420p"),
        *("-metadata:s:a:0", "language=fra", "-metadata:s:s:0", "language=deu"),
        *("-attach", font, "-metadata:s:t:0", "mimetype=application/x-truetype-font"),
        *("-attach", cover, "-metadata:s:t:1", "mimetype=image/jpeg"),
        *("-metadata:s:t:1", "filename=cover.jpg"),
    )


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
def test_streams_chapters_and_tags_come_along(rich: Path, suffix: str, tmp_path: Path) -> None:
    output = tmp_path / f"out{suffix}"
    notes = media.copy_through(rich, output)
    answer = media.probe_json(output, "-show_streams", "-show_chapters", "-show_format")
    kinds = [stream["codec_type"] for stream in answer["streams"]]
    assert kinds.count("audio") == 2
    assert kinds.count("subtitle") == 1
    assert [chapter["tags"]["title"] for chapter in answer["chapters"]] == ["One", "Two"]
    assert answer["format"]["tags"]["title"] == "My clip"
    sound = next(stream for stream in answer["streams"] if stream["codec_type"] == "audio")
    assert sound["tags"]["language"] == "fra"
    covers = [s for s in answer["streams"] if s["disposition"]["attached_pic"]]
    assert len(covers) == (suffix in (".mkv", ".mp4"))
    assert bool(covers) or any("cover art" in note for note in notes)
    if suffix == ".mkv":
        assert "attachment" in kinds
        assert notes == []
    else:
        assert any("f.ttf" in note for note in notes)
    if suffix != ".webm":
        assert media.packet_hash(output, "a") == media.packet_hash(rich, "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == [output.name]


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_timecode_is_kept(suffix: str, tmp_path: Path) -> None:
    timecode = ("-timecode", "01:02:03:04", "-pix_fmt", "yuv420p")
    source = media.make(tmp_path / "in.mov", *media.moving(), *timecode)
    output = tmp_path / f"out{suffix}"
    assert media.copy_through(source, output) == []
    streams = media.probe_json(output, "-show_streams")["streams"]
    found = [s["tags"]["timecode"] for s in streams if s["codec_tag_string"] == "tmcd"]
    assert found == ["01:02:03:04"]


@pytest.mark.parametrize("pixels", ["yuv422p", "yuv422p10le"])
@pytest.mark.parametrize("turn", ["turned-90", "turned-270", "mirrored-turned-90"])
def test_turned_422_keeps_chroma_and_plays_upright(pixels: str, turn: str, tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mov", *media.moving(frames=2), "-pix_fmt", pixels)
    media.set_display_matrix(source, turn)
    output = tmp_path / "out.mov"
    assert media.copy_through(source, output, LOSSLESS if pixels == "yuv422p" else None) == []
    assert media.video_stream(output)["pix_fmt"] == pixels
    first, second = probe(source), probe(output)
    assert (first.orientation, first.width, first.height) == (
        second.orientation,
        second.width,
        second.height,
    )
    if pixels == "yuv422p":
        assert media.frame_hashes(output) == media.frame_hashes(source)


def test_a_turn_between_quarters_is_said_to_be_lost(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=2), "-pix_fmt", "yuv420p")
    cos, sin = math.cos(math.radians(30)), 0.5
    media.set_matrix(source, cos, sin, -sin, cos)
    notes = media.copy_through(source, tmp_path / "out.mp4")
    assert [note for note in notes if "a turn by 30 degrees" in note and note.endswith("left out")] == notes
    assert len(notes) == 1


@pytest.mark.parametrize("suffix", [".mov", ".mkv", ".mp4"])
def test_mxf_keeps_its_sound(suffix: str, tmp_path: Path) -> None:
    sound = (*media.tone(1.0), "-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000")
    source = media.make(tmp_path / "in.mxf", *media.moving(frames=25), *sound)
    output = tmp_path / f"out{suffix}"
    media.copy_through(source, output)
    assert media.frame_times(output) == pytest.approx(media.frame_times(source), abs=0.001)
    samples = ("-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "md5", "-")
    heard = [media.run("ffmpeg", "-v", "error", "-i", path, *samples) for path in (source, output)]
    assert heard[0] == heard[1]


@pytest.mark.parametrize("turned", [False, True])
def test_pixel_aspect_is_kept(turned: bool, tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(), "-vf", "setsar=4/3", "-pix_fmt", "yuv420p")
    if turned:
        media.set_display_matrix(source, "turned-90")
    media.copy_through(source, tmp_path / "out.mp4")
    assert media.video_stream(tmp_path / "out.mp4")["sample_aspect_ratio"] == ("3:4" if turned else "4:3")


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "mpeg4"])
def test_odd_sizes_are_never_cropped(codec: str, tmp_path: Path) -> None:
    picture = media.moving("135x127", frames=3)
    source = media.make(tmp_path / "in.mkv", *picture, "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    notes = media.copy_through(source, tmp_path / "out.mp4", Encoding(codec=codec))
    stream = media.video_stream(tmp_path / "out.mp4")
    assert (stream["width"], stream["height"]) == (135, 127)
    assert bool(notes) == (stream["pix_fmt"] != "yuv420p")


def test_interlaced_clips_are_refused_unless_asked_to_be_undone(tmp_path: Path) -> None:
    interlace = ("-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct")
    source = media.make(
        tmp_path / "in.mpg", *media.moving("64x64", rate="50", frames=20), *interlace, "-c:v", "mpeg2video"
    )
    with pytest.raises(InputError, match=r"interlaced.*--deinterlace"):
        open_source(source)
    with open_source(source, deinterlace=True) as reader:
        assert len(list(reader)) == 10


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv444p", "yuvj420p"])
@pytest.mark.parametrize(
    ("matrix", "primaries", "transfer"),
    [
        ("bt709", "bt709", "bt709"),
        ("smpte170m", "smpte170m", "smpte170m"),
        ("bt470bg", "bt470bg", "gamma28"),
        ("bt2020nc", "bt2020", "smpte2084"),
        ("bt2020nc", "bt2020", "arib-std-b67"),
    ],
)
def test_colour_tags_are_kept(
    pixels: str, matrix: str, primaries: str, transfer: str, tmp_path: Path
) -> None:
    tags = ("-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer)
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=2), "-pix_fmt", pixels, *tags)
    media.copy_through(source, tmp_path / "out.mp4", LOSSLESS if "10" not in pixels else None)
    before, after = (media.video_stream(tmp_path / name) for name in ("in.mp4", "out.mp4"))
    for name in ("color_space", "color_primaries", "color_transfer", "color_range", "pix_fmt"):
        assert after.get(name) == before.get(name)
    if "10" not in pixels:
        assert media.frame_hashes(tmp_path / "out.mp4") == media.frame_hashes(source)


def test_untagged_colour_stays_untagged(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=2), "-pix_fmt", "yuv420p")
    media.copy_through(source, tmp_path / "out.mp4")
    after = media.video_stream(tmp_path / "out.mp4")
    assert "color_space" not in after
    assert probe(source).colour.matrix == "smpte170m"


@pytest.mark.parametrize("codec", ["libx265", "libsvtav1"])
def test_hdr10_metadata_is_kept(codec: str, tmp_path: Path) -> None:
    display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    tags = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "smpte2084")
    parameters = f"log-level=error:master-display={display}:max-cll=1000,400"
    source = media.make(
        tmp_path / "in.mp4",
        *(*media.moving("128x96", frames=3), "-pix_fmt", "yuv420p10le", *tags),
        *("-c:v", "libx265", "-x265-params", parameters),
    )
    before = probe(source)
    assert set(before.hdr) == {"Mastering display metadata", "Content light level metadata"}
    media.copy_through(source, tmp_path / "out.mp4", Encoding(codec=codec))
    after = probe(tmp_path / "out.mp4")
    assert after.tags == before.tags
    if codec == "libx265":
        assert after.hdr == before.hdr
    assert set(after.hdr) == set(before.hdr)


def test_dolby_vision_that_is_left_out_is_named(tmp_path: Path) -> None:
    tags = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "smpte2084")
    form = ("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", "log-level=error")
    source = media.make(tmp_path / "in.mp4", *media.moving("128x96", frames=3), *form, *tags)
    data = bytearray(source.read_bytes())
    box = data.index(b"btrt")  # of the size of a box that says: profile 8, level 1, compatible with HDR10
    data[box : box + 16] = b"dvcC" + bytes([1, 0, 8 << 1, 1 << 3 | 5, 1 << 4]) + bytes(7)
    source.write_bytes(bytes(data))
    (note,) = media.copy_through(source, tmp_path / "out.mp4")
    assert "Dolby Vision (profile 8) is left out" in note


@pytest.mark.parametrize("suffix", [".mov", ".webm", ".mkv"])
def test_transparency_survives(suffix: str, tmp_path: Path) -> None:
    alpha = "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='8*X'"
    source = media.make(tmp_path / "in.mov", *media.moving("32x32", frames=2), "-vf", alpha, "-c:v", "png")
    output = tmp_path / f"out{suffix}"
    media.copy_through(source, output)
    decoder = ("-c:v", "libvpx-vp9") if suffix == ".webm" else ()
    raw = tmp_path / "alpha.raw"
    media.make(
        raw, *decoder, "-i", output, "-vf", "alphaextract,format=gray", "-frames:v", "1", "-f", "rawvideo"
    )
    assert list(raw.read_bytes()[:32]) == pytest.approx([8 * x for x in range(32)], abs=3)


def test_mp4_says_that_transparency_is_lost(tmp_path: Path) -> None:
    source = media.make(
        tmp_path / "in.mov", *media.moving(frames=2), "-vf", "format=rgba", "-c:v", "png", "-pix_fmt", "rgba"
    )
    notes = media.copy_through(source, tmp_path / "out.mp4")
    assert any("without its transparency" in note for note in notes)


def test_gif_keeps_its_uneven_times(tmp_path: Path) -> None:
    uneven = ("-vf", "setpts='(N+mod(N\\,3))*10',settb=1/100", "-fps_mode", "passthrough")
    source = media.make(tmp_path / "in.gif", *media.moving(rate="100", frames=6), *uneven)
    media.copy_through(source, tmp_path / "out.mp4")
    assert media.frame_times(tmp_path / "out.mp4") == pytest.approx(media.frame_times(source))


def test_depth_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mkv", *media.moving(), "-c:v", "ffv1", "-pix_fmt", "yuv420p16le")
    with pytest.raises(OutputError, match=r"yuv420p16le.*libx264"):
        media.copy_through(source, tmp_path / "out.mp4", Encoding(codec="libx264"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mkv"]


def test_numbered_pictures_show_the_clips_colours(tmp_path: Path) -> None:
    bars = ("-f", "lavfi", "-i", "color=c=0xc83264:s=64x48:r=25,trim=end_frame=4")
    tags = ("-vf", "scale=out_color_matrix=bt709,format=yuv444p10le", "-colorspace", "bt709")
    source = media.make(tmp_path / "in.mkv", *bars, *tags, "-c:v", "ffv1")
    folder = tmp_path / "out"
    folder.mkdir()
    media.copy_through(source, folder / "a%04d.png", cut=Cut(start=0.08))
    assert sorted(path.name for path in folder.glob("*.png")) == ["a0002.png", "a0003.png"]
    raw = media.make(tmp_path / "rgb", "-i", folder / "a0002.png", "-f", "rawvideo", "-pix_fmt", "rgb24")
    assert list(raw.read_bytes()[:3]) == pytest.approx([0xC8, 0x32, 0x64], abs=3)
    with pytest.raises(OutputError, match=r"a000.*--overwrite"):
        media.copy_through(source, folder / "a%04d.png")


def test_a_cut_keeps_picture_and_sound_together(talking: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    media.copy_through(talking, output, LOSSLESS, Cut(start=1.0, end=3.0))
    assert media.frame_times(output) == pytest.approx([index / 25 for index in range(50)])
    assert media.frame_hashes(output) == media.frame_hashes(talking)[25:75]
    before, after = media.sound(talking), media.sound(output)
    assert after.size == pytest.approx(2 * 44100, abs=2500)
    lags = range(-400, 401)
    likeness = [np.dot(after[20000:60000], before[64100 + lag : 104100 + lag]) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 1
