"""Whatever is wrong: one clear line, the right status, nothing half-written, no process left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import LIPFX, RunLipfx, Variant
from tests.helpers import media
from tests.helpers.waiting import within


def assert_refused(done: subprocess.CompletedProcess[str], words: str, status: int = 1) -> None:
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith("lipfx: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def _missing(folder: Path, _variant: Variant) -> Path:
    return folder / "none.mp4"


def _text(folder: Path, _variant: Variant) -> Path:
    (folder / "text.mp4").write_text("This is no video.\n" * 50)
    return folder / "text.mp4"


def _empty(folder: Path, _variant: Variant) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _unreadable(folder: Path, _variant: Variant) -> Path:
    (folder / "pipe.mp4").symlink_to(folder / "gone.mp4")
    return folder / "pipe.mp4"


def _broken(_folder: Path, variant: Variant) -> Path:
    return variant("broken.mp4")


def _cut_off(_folder: Path, variant: Variant) -> Path:
    return variant("truncated.mkv")


def _no_video(_folder: Path, variant: Variant) -> Path:
    return variant("no_video.m4a")


WRONG_INPUTS = [
    (_missing, "does not exist"),
    (_text, "give a video"),
    (_empty, "empty"),
    (_unreadable, "does not exist"),
    (_broken, "truncated"),
    (_cut_off, "truncated"),
    (_no_video, "no video stream"),
]


@pytest.mark.parametrize(("make", "words"), WRONG_INPUTS)
@pytest.mark.parametrize("command", ["apply", "masks", "track"])
def test_wrong_input_is_refused(
    lipfx: RunLipfx,
    variant: Variant,
    tmp_path: Path,
    command: str,
    make: Callable[[Path, Variant], Path],
    words: str,
) -> None:
    source, output = make(tmp_path, variant), tmp_path / "out.mp4"
    before = set(tmp_path.iterdir())
    chain = ["lipstick"] if command == "apply" else []
    assert_refused(lipfx(command, *chain, source, output), words)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("lipstik", "lipstick"),
        ("lipstick:shad=ruby", "shade"),
        ("lipstick:shade=nosuch", "shade"),
        ("lipstick:opacity=2", "opacity"),
        ("lipstick:", "key=value"),
        ("lipstick shade=ruby", "parameters follow ':': lipstick:shade=ruby"),
        (
            "lipstick:shade=ruby:finish=gloss",
            "has ':finish=gloss' at character 20; parameters are joined by ','",
        ),
        ("none.py", "none.py"),
        ("mask+lipstick", "last"),
    ],
)
def test_wrong_chain_is_wrong_usage(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, chain: str, words: str
) -> None:
    assert_refused(lipfx("apply", chain, talking, tmp_path / "out.mp4"), words, status=2)
    assert list(tmp_path.iterdir()) == []


def test_a_clip_in_the_place_of_the_chain_is_told(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    done = lipfx("apply", talking, "lipstick", tmp_path / "out.mp4")
    assert_refused(done, "is a file and no chain; write the chain before it", status=2)


def test_a_clip_whose_pictures_are_cut_off_is_told_from_one_of_an_unknown_kind(
    lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    source = tmp_path / "cut.mp4"
    source.write_bytes(talking.read_bytes()[:20000])
    assert_refused(lipfx("apply", "lipstick", source, tmp_path / "out.mp4"), "copy it again if it is damaged")


def test_output_over_the_input_is_refused(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    source.write_bytes(variant("no_audio.mp4").read_bytes())
    before = source.read_bytes()
    (tmp_path / "link.mp4").symlink_to(source)
    for output in ("in.mp4", "link.mp4", "../" + tmp_path.name + "/in.mp4"):
        done = lipfx("apply", "lipstick", "in.mp4", output, "--overwrite", cwd=tmp_path)
        assert_refused(done, "input")
    assert source.read_bytes() == before


def test_output_that_exists_is_refused_without_overwrite(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path
) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"precious")
    source = variant("no_audio.mp4")
    assert_refused(lipfx("apply", "lipstick", source, output), "--overwrite")
    assert output.read_bytes() == b"precious"
    assert lipfx("apply", "lipstick", source, output, "--overwrite", "--end", "0.2").returncode == 0
    assert output.stat().st_size > 1000


def test_frames_larger_than_help_says_are_refused(lipfx: RunLipfx, tmp_path: Path) -> None:
    assert "134 megapixels" in " ".join(lipfx("apply", "--help").stdout.split())
    grey = ("-f", "lavfi", "-i", "color=gray:s=12000x12000", "-frames:v", "1", "-pix_fmt", "gray")
    large = media.make(tmp_path / "large.mkv", *grey, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    failed = lipfx("apply", "lipstick", large, tmp_path / "out.mp4")
    assert failed.returncode == 1
    assert re.fullmatch(r"lipfx: .*12000x12000 pixels, at most 134217728 are taken.*\n", failed.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["large.mkv"]


def test_missing_output_folder_is_named(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    assert_refused(lipfx("apply", "lipstick", talking, tmp_path / "no" / "out.mp4"), str(tmp_path / "no"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["out.nosuchformat", "out", "out.nut"])
def test_output_of_unknown_kind_is_refused(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, output: str
) -> None:
    assert_refused(lipfx("apply", "lipstick", talking, tmp_path / output), output)
    assert list(tmp_path.iterdir()) == []


def test_unknown_encoder_is_named(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", "--codec", "libx999")
    assert done.returncode in (1, 2)
    assert_refused(done, "libx999", status=done.returncode)
    assert list(tmp_path.iterdir()) == []


def test_no_ffmpeg_is_said(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", env=environment)
    assert_refused(done, "not found on PATH")
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_what_is_missing(lipfx: RunLipfx, tmp_path: Path) -> None:
    assert lipfx("doctor").returncode == 0
    done = lipfx("doctor", env={**os.environ, "PATH": str(tmp_path)})
    assert_refused(done, "missing or unusable: ffmpeg, encoders")
    assert "MISSING ffmpeg" in done.stdout


def test_missing_system_libraries_are_named(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    words = "libGL.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "cv2.py").write_text(f"raise ImportError({words!r})")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    failed = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", env=environment)
    assert_refused(failed, f"{words}); install what it loads: sudo apt-get install libgl1 libglib2.0-0")
    done = lipfx("doctor", env=environment)
    assert_refused(done, "missing or unusable: cv2")
    assert re.search(r"MISSING cv2 .*apt-get install libgl1 libglib2.0-0", done.stdout)


def test_doctor_is_content_without_extras() -> None:
    code = (
        "import importlib.util as util, sys; found = util.find_spec;"
        "gone = {'torch', 'ray', 's3fs', 'sklearn', 'opentimelineio'};"
        "util.find_spec = lambda name, *rest: None if name in gone else found(name, *rest);"
        "from lipfx.__main__ import main; sys.argv = ['lipfx', *sys.argv[1:]]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "doctor"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("gpu", "ray", "cloud", "train", "editor"):
        assert re.search(
            rf"^extra +{name} +not installed; pip install 'lipfx\[{name}\]' adds ", done.stdout, re.M
        )


def test_no_weights_is_said(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", "--weights", tmp_path)
    assert_refused(done, "--weights")
    assert list(tmp_path.iterdir()) == []


def test_interlaced_clips_are_refused_until_asked_for(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path
) -> None:
    command = ("apply", "lipstick", variant("interlaced.mp4"), tmp_path / "out.mp4")
    assert_refused(lipfx(*command), "--deinterlace")
    assert list(tmp_path.iterdir()) == []
    done = lipfx(*command, "--deinterlace")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").is_file()


def _group_is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(talking: Path, tmp_path: Path, number: signal.Signals) -> None:
    command = [*LIPFX, "apply", "lipstick", str(talking), str(tmp_path / "out.mp4")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while not any(tmp_path.iterdir()):  # until the encoder has opened its file
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"ended with {process.wait(timeout=0.02)} before it wrote anything")
        process.send_signal(number)
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 130
    assert shown == "lipfx: interrupted\n"
    assert list(tmp_path.iterdir()) == []
    assert within(2, lambda: not _group_is_there(process.pid))


def test_a_folder_of_pictures_makes_no_video(lipfx: RunLipfx, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    media.make(tmp_path / "pictures" / "a.png", *media.moving(frames=1))
    done = lipfx("apply", "lipstick", ".", tmp_path / "out.mp4", cwd=tmp_path / "pictures")
    assert done.returncode == 1
    assert done.stderr == (
        "lipfx: . is a folder of pictures, which make no video: name out-%04d.png to number them, or let "
        "`lipfx batch --pictures` keep their names\n"
    )
    assert not (tmp_path / "out.mp4").exists()
