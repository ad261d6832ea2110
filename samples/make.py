"""Owns the small clips that the project may distribute, and variants of them for tests; must not know lipfx.

python -m samples.make            writes samples/talking.mp4 anew
python -m samples.make DIR        writes that clip and every variant into DIR
"""

from __future__ import annotations

import sys
import wave
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import ffmpeg
import numpy as np

from samples import talking

SAMPLE = Path(__file__).with_name("talking.mp4")
H264 = {"vcodec": "libx264", "pix_fmt": "yuv420p", "preset": "veryfast", "crf": 20}


def make_talking(output: Path) -> None:
    """The talking face with its voice: H.264 and AAC, 512x512, 25 frames a second, 5 s."""
    from skimage.data import astronaut

    portrait = astronaut()
    size = f"{talking.SIZE}x{talking.SIZE}"
    with TemporaryDirectory() as folder:
        sound = Path(folder) / "voice.wav"
        _write_voice(sound)
        picture = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=size, r=str(talking.FPS))
        picture = picture.video.filter("scale", out_color_matrix="bt709", out_range="tv")
        tags = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "color_range": "tv"}
        stream = picture.output(
            ffmpeg.input(str(sound)).audio,
            str(output),
            **{**H264, "preset": "veryslow", "crf": 17},
            **tags,
            acodec="aac",
            audio_bitrate="64k",
            movflags="+faststart",
        )
        frames = (
            talking.frame(portrait, float(index / talking.FPS)).tobytes()
            for index in range(talking.FRAME_COUNT)
        )
        _run(stream, b"".join(frames))


def make_no_face(output: Path) -> None:
    """A test picture without any face, with a tone."""
    _run(_test_picture("320x240", "25", 2).output(_tone(2), str(output), **H264, acodec="aac"))


def make_no_audio(output: Path) -> None:
    """The first second of the talking face, without sound."""
    _run(_talking(1).video.output(str(output), **H264))


def make_odd_size(output: Path) -> None:
    """One second of the talking face, 301x303 pixels in 4:4:4, which odd sizes need."""
    picture = _talking(1).video.filter("format", "yuv444p").filter("crop", 301, 303, 105, 71)
    _run(picture.output(_talking(1).audio, str(output), **{**H264, "pix_fmt": "yuv444p"}, acodec="copy"))


def make_ntsc(output: Path) -> None:
    """Two seconds of the talking face at 30000/1001 frames a second."""
    picture = _talking(2).video.filter("fps", "30000/1001")
    _run(picture.output(_talking(2).audio, str(output), **H264, acodec="copy"))


def make_interlaced(output: Path) -> None:
    """One second of the talking face, its lines in two fields, as television stored it."""
    picture = _talking(1).video.filter("interlace")
    _run(picture.output(_talking(1).audio, str(output), **H264, acodec="copy", flags="+ildct+ilme"))


def make_no_video(output: Path) -> None:
    """Sound alone."""
    _run(_tone(1).output(str(output), acodec="aac"))


def make_truncated(output: Path) -> None:
    """The talking face in Matroska, cut off in the middle of a frame."""
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.mkv"
        _run(ffmpeg.input(str(SAMPLE)).output(str(whole), c="copy"))
        data = whole.read_bytes()
    output.write_bytes(data[: len(data) * 2 // 5])


def make_broken(output: Path) -> None:
    """An MP4 that ends before its index, as an interrupted download leaves it."""
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.mp4"
        _run(ffmpeg.input(str(SAMPLE)).output(str(whole), c="copy"))
        data = whole.read_bytes()
    output.write_bytes(data[: len(data) // 2])


VARIANTS: dict[str, Callable[[Path], None]] = {
    "no_face.mp4": make_no_face,
    "no_audio.mp4": make_no_audio,
    "odd_size.mp4": make_odd_size,
    "ntsc.mp4": make_ntsc,
    "interlaced.mp4": make_interlaced,
    "no_video.m4a": make_no_video,
    "truncated.mkv": make_truncated,
    "broken.mp4": make_broken,
}


def _talking(seconds: float) -> ffmpeg.nodes.FilterableStream:
    return ffmpeg.input(str(SAMPLE), t=seconds)


def _test_picture(size: str, rate: str, seconds: float) -> ffmpeg.nodes.FilterableStream:
    return ffmpeg.input(f"testsrc2=size={size}:rate={rate}:duration={seconds}", f="lavfi")


def _tone(seconds: float) -> ffmpeg.nodes.FilterableStream:
    return ffmpeg.input(f"sine=frequency=330:duration={seconds}", f="lavfi").audio


def _write_voice(path: Path) -> None:
    samples = np.rint(talking.voice() * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(talking.SAMPLE_RATE)
        file.writeframes(samples.tobytes())


def _run(stream: ffmpeg.nodes.OutputStream, data: bytes | None = None) -> None:
    ffmpeg.run(stream.global_args("-loglevel", "error", "-bitexact"), input=data, overwrite_output=True)


def main(folder: Path | None) -> None:
    """Writes the sample beside this file, or it and all variants into `folder`."""
    if folder is None:
        make_talking(SAMPLE)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in {SAMPLE.name: make_talking, **VARIANTS}.items():
        make(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
