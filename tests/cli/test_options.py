"""What the options of `lipfx apply` promise: the encoder's own words, failing effects, JSON for programs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.conftest import RunLipfx, Variant, odd
from tests.helpers import media

FAILS = (3, 7)
BROKEN = '''
from typing import ClassVar
import numpy as np
from lipfx.effects import Effect, Region, Renderer

class Broken({base}):
    """Paints the mouth white, and fails at some frames."""
    region: ClassVar[Region] = Region.MOUTH

    def render(self, patch):
        if patch.index in (3, 7):
            raise RuntimeError("no luck")
        return np.ones({shape}, np.float32)
'''
EFFECT = BROKEN.format(base="Effect", shape="patch.rgb.shape")
RENDERER = BROKEN.format(base="Renderer", shape="(*patch.rgb.shape[:2], 1)")
HDR10 = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "smpte2084")
DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"


def planes(path: Path) -> list[NDArray[Any]]:
    """The clip's frames as stored, planes below each other."""
    with av.open(str(path)) as clip:
        return [frame.to_ndarray() for frame in clip.decode(video=0)]


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_encoder_args_reach_the_encoder(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    options = ("--end", "0.4", "--encoder-args", "-g 1 -metadata 'comment=all keys'")
    done = lipfx("apply", "lipstick", variant("no_audio.mp4"), output, *options)
    assert (done.returncode, odd(done)) == (0, "")
    with av.open(str(output)) as clip:
        assert [packet.is_keyframe for packet in clip.demux(video=0) if packet.size] == [True] * 10
        assert clip.metadata["comment"] == "all keys"


@pytest.mark.parametrize(("words", "complaint"), [("-g 1 more.mp4", "'more.mp4'"), ("-g '1", "quotation")])
def test_encoder_args_that_are_none_are_refused(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, words: str, complaint: str
) -> None:
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", "--encoder-args", words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_effect_that_fails_stops_the_run(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    effect = tmp_path / "broken.py"
    effect.write_text(EFFECT)
    done = lipfx("apply", effect, variant("no_audio.mp4"), tmp_path / "out.mp4")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "failed at frame 3, track 1: RuntimeError: no luck" in done.stderr
    assert list(tmp_path.iterdir()) == [effect]


def test_frames_of_failing_effects_pass_through_when_asked(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path
) -> None:
    effect, source, output = tmp_path / "broken.py", variant("no_audio.mp4"), tmp_path / "out.mkv"
    effect.write_text(EFFECT)
    options = ("--codec", "ffv1", "--end", "0.4", "--on-effect-error", "skip")
    done = lipfx("apply", effect, source, output, *options)
    assert done.returncode == 0, done.stderr
    assert odd(done).count("\n") == 1
    assert "2 frames were passed through" in done.stderr
    assert "no luck" in done.stderr
    pairs = zip(planes(source), planes(output), strict=False)
    assert [index for index, (a, b) in enumerate(pairs) if np.array_equal(a, b)] == list(FAILS)


def test_a_matte_that_fails_is_empty(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    effect, output = tmp_path / "broken.py", tmp_path / "out.mkv"
    effect.write_text(RENDERER)
    options = ("--codec", "ffv1", "--end", "0.4", "--on-effect-error", "skip")
    done = lipfx("apply", effect, variant("no_audio.mp4"), output, *options)
    assert done.returncode == 0, done.stderr
    empty = [index for index, frame in enumerate(planes(output)) if frame[:512].max() == 16]
    assert empty == list(FAILS)


def test_json_tells_progress_and_warnings(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    done = lipfx("apply", "lipstick", variant("no_face.mp4"), tmp_path / "out.mp4", "--log-json")
    assert (done.returncode, done.stdout) == (0, "")
    said = events(done.stderr)
    told = [event for event in said if event["event"] == "progress"]
    counts = [event["done"] for event in told]
    assert counts == sorted(counts)
    assert (counts[-1], told[0]["total"]) == (50, 50)
    (warning,) = [event for event in said if event["event"] == "warning"]
    assert "no face" in warning["message"]
    assert said[-1].pop("seconds") > 0
    assert said[-1].pop("real_time") > 0
    output = str(tmp_path / "out.mp4")
    assert said[-1] == {"event": "done", "output": output, "frames": 50, "faces": 0, "doubtful": {}}
    quiet = lipfx("apply", "lipstick", variant("no_face.mp4"), tmp_path / "b.mp4", "--log-json", "--quiet")
    assert [event["event"] for event in events(quiet.stderr)] == ["warning"]


@pytest.mark.parametrize(("name", "status", "kind"), [("none.mp4", 1, "InputError"), ("", 2, "UsageError")])
def test_json_tells_errors(lipfx: RunLipfx, tmp_path: Path, name: str, status: int, kind: str) -> None:
    paths = (tmp_path / name, tmp_path / "out.mp4") if name else ()
    done = lipfx("apply", "lipstick", *paths, "--log-json") if name else lipfx("apply", "x", "--log-json")
    assert done.returncode == status
    (event,) = events(done.stderr)
    assert (event["event"], event["status"], event["kind"]) == ("error", status, kind)
    detailed = lipfx("--debug", "apply", "lipstick", *paths, "--log-json") if name else None
    if detailed is not None:
        (event,) = events(detailed.stderr)
        assert "Traceback" in event["details"]


def test_a_matte_of_an_hdr_clip_is_tagged_as_what_it_is(
    lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    parameters = f"log-level=error:master-display={DISPLAY}:max-cll=1000,400"
    form = ("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", parameters, *HDR10)
    source = media.make(tmp_path / "in.mp4", "-i", talking, "-an", "-frames:v", "5", *form)
    for chain, transfer, kept in (("mask", "bt709", False), ("lipstick", "smpte2084", True)):
        output = tmp_path / f"{chain}.mp4"
        done = lipfx("apply", chain, source, output, "--preset", "ultrafast")
        assert (done.returncode, odd(done)) == (0, "")
        assert media.video_stream(output)["color_transfer"] == transfer
        frame = media.probe_json(output, "-read_intervals", "%+#1", "-show_frames")["frames"][0]
        sides = [side["side_data_type"] for side in frame.get("side_data_list", [])]
        assert ("Mastering display metadata" in sides) == kept


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_deep_pictures_keep_profile_and_exif_or_say_so(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, suffix: str
) -> None:
    source, output = tmp_path / "in.png", tmp_path / f"out{suffix}"
    deep = media.make(tmp_path / "plain.png", "-i", talking, "-frames:v", "1", "-pix_fmt", "rgb48be")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    from lipfx.video.stills.beside import Beside
    from lipfx.video.stills.deep import write_deep
    from lipfx.video.stills.images import read_pixels

    write_deep(source, read_pixels(deep), Beside(exif=exif.tobytes(), icc=profile))
    done = lipfx("apply", "lipstick", source, output)
    assert done.returncode == 0
    assert ("EXIF data" in done.stderr) == (suffix == ".tiff")
    before, after = read_pixels(source), read_pixels(output)
    assert after.dtype == np.uint16
    assert np.array_equal(after[:100], before[:100])
    decoded = media.run("ffmpeg", "-v", "error", "-i", output, "-pix_fmt", "rgb48le", "-f", "md5", "-")
    told = hashlib.md5(after.astype("<u2").tobytes()).hexdigest()  # noqa: S324 - another reader's, no secret
    assert decoded.strip() == f"MD5={told}"
    if suffix == ".png":
        with Image.open(output) as picture:
            assert picture.info["icc_profile"] == profile
            assert picture.getexif()[0x010F] == "A camera"
    else:
        assert profile in output.read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("apply", "lipstick", "{}", "out.mp4", "--min-confidence", "nan"), "--min-confidence nan"),
        (("masks", "{}", "out", "--during", "0-1", "--fade", "inf"), "--fade inf"),
        (("apply", "lipstick", "{}", "out.mp4", "--probe-timeout", "nan"), "--probe-timeout nan"),
        (("batch", "lipstick", "{}", "--out", "out", "--memory-limit", "nan"), "--memory-limit nan"),
        (("apply", "lipstick:opacity=nan", "{}", "out.mp4"), "opacity"),
        (("apply", "--chain", "keys.toml", "{}", "out.mp4"), "opacity"),
        (("masks", "{}", "-"), "masks are pictures in a folder"),
        (("preview", "lipstick", "{}", "out.mp4", "--show", "mask"), "--show are of sheets"),
        (("preview", "lipstick", "{}", "out.png", "--layout", "wipe"), "--layout is of a film"),
    ],
)
def test_what_would_do_nothing_is_refused(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "keys.toml").write_text('[[effect]]\nuse="lipstick"\nopacity=[[0, nan], [1, 1.0]]\n')
    done = lipfx(*(str(talking) if word == "{}" else word for word in words), cwd=tmp_path)
    assert (done.returncode, told in done.stderr, done.stderr.count("\n")) == (2, True, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.toml"]


def test_pictures_take_no_encoder(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    picture = media.make(tmp_path / "in.png", "-i", talking, "-frames:v", "1")
    done = lipfx("apply", "lipstick", picture, tmp_path / "out.png", "--crf", "20")
    assert done.returncode == 0
    assert "a picture takes no encoder's options" in done.stderr


def test_damage_is_named_once(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    data = np.frombuffer(variant("no_audio.mp4").read_bytes(), np.uint8).copy()
    data[len(data) // 2 : len(data) // 2 + 60] ^= 0x55
    source.write_bytes(data.tobytes())
    done = lipfx("apply", "lipstick", source, tmp_path / "out.mp4")
    assert done.returncode == 0, done.stderr
    assert odd(done).count("is damaged") == odd(done).count("\n") == 1


@pytest.mark.parametrize("detector", ["yunet", "dlib"])
def test_a_detector_finds_the_face_of_the_sample(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, detector: str
) -> None:
    output = tmp_path / "tracks.jsonl"
    lipfx("track", talking, output, "--end", "0.2", "--detector", detector, check=True)
    lines = [json.loads(line) for line in output.read_text().splitlines()[1:]]
    assert [[face["track_id"] for face in line["faces"]] for line in lines] == [[1]] * 5
    assert min(line["faces"][0]["confidence"] for line in lines) > 0.8


def test_doubtful_lips_are_named_at_the_end_and_left_alone_on_demand(
    lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    tracks = tmp_path / "tracks.jsonl"
    lipfx("track", talking, tracks, "--end", "1", check=True)
    header, *lines = tracks.read_text().splitlines()
    records = [json.loads(line) for line in lines]
    for record in records[5:15]:
        record["faces"][0]["confidence"] = 0.47
    tracks.write_text("\n".join([header, *map(json.dumps, records)]) + "\n")
    run = ("masks", talking, "--end", "1", "--tracks", tracks)
    told = lipfx(*run, tmp_path / "all", check=True)
    assert "1 stretch to look at: 0.2-0.6 s" in told.stderr
    lipfx(*run, tmp_path / "sure", "--min-confidence", "0.5", check=True)
    for index in range(len(records)):
        whole, sure = (
            np.asarray(cv2.imread(str(tmp_path / kind / f"{index:06d}.png"), 0)) for kind in ("all", "sure")
        )
        assert whole.any()
        assert sure.any() == (index not in range(5, 15))
