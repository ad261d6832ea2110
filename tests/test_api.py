"""lipfx as Python programs call it: the documented examples, arrays in and out, errors."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from lipfx_effects.lipstick import Lipstick
from numpy.typing import NDArray

import lipfx
from lipfx import api
from lipfx.core.values import FrameFaces
from lipfx.errors import InputError, UnknownEffectError, UsageError
from tests.helpers.commands import ROOT

Picture = NDArray[Any]
MOUTH = (slice(270, 330), slice(190, 315))
RED = "lipstick:shade=#b01030,opacity=1,coverage=1"


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Picture]:
    """The sample's first pictures, (512, 512, 3) uint8 RGB each."""
    with av.open(str(talking)) as clip:
        decoded = clip.decode(video=0)
        return [next(decoded).to_ndarray(format="rgb24") for _ in range(4)]


@pytest.fixture(scope="module")
def faces(frames: list[Picture]) -> list[FrameFaces]:
    return list(lipfx.find_faces(frames, rate=25))


@pytest.mark.parametrize("name", sorted({*lipfx.__all__} - {"Done"}))
def test_documented_examples_work(
    name: str, frames: list[Picture], talking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples").mkdir()
    shutil.copy(talking, tmp_path / "samples")
    shutil.copytree(ROOT / "docs" / "gallery" / "portraits", tmp_path / "docs" / "gallery" / "portraits")
    monkeypatch.chdir(tmp_path)
    names = {"lipfx": lipfx, "frames": frames}
    finder = doctest.DocTestFinder()
    (test,) = [found for found in finder.find(getattr(api, name), name, globs=names) if found.examples]
    report: list[str] = []
    doctest.DocTestRunner().run(test, out=report.append)
    assert "".join(report) == ""
    assert (tmp_path / "ruby.mp4").is_file() == (name == "process_video")
    assert (tmp_path / "made-up").is_dir() == (name == "process_images")


def test_importing_lipfx_imports_nothing_heavy() -> None:
    code = "import sys, lipfx; print(dir(lipfx)); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"torch", "cv2", "dlib", "av", "numpy", "msgspec", "onnxruntime"}.isdisjoint(shown.split())
    assert "'process_frames'" in shown


def test_faces_have_times_and_lie_on_the_mouth(faces: list[FrameFaces]) -> None:
    assert [found.time for found in faces] == [0.0, 0.04, 0.08, 0.12]
    points = faces[2].faces[0].points
    assert (points > (190, 270)).all()
    assert (points < (315, 330)).all()


def test_bytes_are_painted_and_the_rest_is_untouched(frames: list[Picture], faces: list[FrameFaces]) -> None:
    kept = [frame.copy() for frame in frames]
    done = list(lipfx.process_frames(frames, RED, rate=25, faces=faces))
    for before, given, after in zip(kept, frames, done, strict=True):
        assert np.array_equal(before, given)
        assert after.dtype == np.uint8
        redder = after.astype(int) - before
        assert ((redder[..., 0] - redder[..., 1])[MOUTH] > 25).sum() > 200
        after[MOUTH] = before[MOUTH]
        assert np.array_equal(before, after)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint16])
def test_other_types_show_the_same(frames: list[Picture], faces: list[FrameFaces], kind: type[Any]) -> None:
    top = 65535 if kind is np.uint16 else 1
    given = [(frame / 255 * top).astype(kind) for frame in frames[:1]]
    if kind is not np.uint16:
        given[0][0, 0] = (-0.5, 3, 1e-9)  # beyond what a screen shows, and finer than 16 bits
    (expected,) = lipfx.process_frames(frames[:1], RED, rate=25, faces=faces[:1])
    (after,) = lipfx.process_frames(given, RED, rate=25, faces=faces[:1])
    assert after.dtype == kind
    assert np.array_equal(after[:270], given[0][:270])
    assert np.abs(after[MOUTH] / top - expected[MOUTH] / 255).max() < 0.02


def test_effects_files_and_text_are_chains(
    frames: list[Picture], faces: list[FrameFaces], tmp_path: Path
) -> None:
    written = tmp_path / "look.toml"
    written.write_text('chain = "lipstick:shade=plum"')
    chains: list[api.Chain] = [
        "lipstick:shade=plum",
        written,
        Lipstick(shade="plum"),
        [Lipstick(shade="plum")],
    ]
    results = [next(lipfx.process_frames(frames[:1], chain, rate=25, faces=faces[:1])) for chain in chains]
    assert all(np.array_equal(result, results[0]) for result in results)
    assert not np.array_equal(results[0], frames[0])


def test_renderers_make_pictures_of_their_own(frames: list[Picture], faces: list[FrameFaces]) -> None:
    given = [frame.astype(np.float32) / 255 for frame in frames[:1]]
    (cut,) = lipfx.process_frames(given, "cutout", rate=25, faces=faces[:1])
    (matte,) = lipfx.process_frames(given, "mask", rate=25, faces=faces[:1])
    assert cut.shape == (512, 512, 4)
    assert cut.dtype == matte.dtype == np.float32
    assert matte.shape == (512, 512, 3)
    assert np.abs(cut[..., 3] - matte[..., 0]).max() < 1e-4
    assert matte.max() > 0.95
    assert matte[:270].max() == 0


def test_pictures_that_stand_alone_may_differ_in_size(frames: list[Picture]) -> None:
    given = [frames[0], np.ascontiguousarray(frames[0][100:450, 60:460])]
    done = list(lipfx.process_frames(given, RED, rate=None))
    assert [picture.shape for picture in done] == [(512, 512, 3), (350, 400, 3)]
    assert all((after != before).any() for after, before in zip(done, given, strict=True))


def test_frames_are_drawn_only_as_results_are_taken(frames: list[Picture], faces: list[FrameFaces]) -> None:
    drawn = []

    def source() -> Any:
        for frame in frames:
            drawn.append(1)
            yield frame

    results = lipfx.process_frames(source(), RED, rate=25, faces=faces)
    assert drawn == []
    next(results)
    assert len(drawn) == 1


def test_wrong_chain_and_rate_are_refused_at_once(frames: list[Picture]) -> None:
    with pytest.raises(UnknownEffectError, match="lipstik"):
        lipfx.process_frames(frames, "lipstik", rate=25)
    for chain in (None, 3, [], ["lipstick"]):
        with pytest.raises(UsageError, match="is no chain"):
            lipfx.process_frames(frames, cast("str", chain), rate=25)
    for rate in (0, -25, float("nan"), float("inf"), cast("float", "25")):
        with pytest.raises(UsageError, match="frames a second"):
            lipfx.process_frames(frames, RED, rate=rate)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (np.zeros((512, 512, 3), np.int64), "frame 1 is (512, 512, 3) int64"),
        (np.zeros((512, 512, 2), np.uint8), "frame 1 is (512, 512, 2) uint8"),
        (np.zeros((0, 512, 3), np.uint8), "frame 1 is (0, 512, 3) uint8"),
        (np.zeros((256, 512, 3), np.uint8), "frame 1 is (256, 512, 3), those before it (512, 512, 3)"),
    ],
)
def test_what_is_no_frame_is_refused(
    frames: list[Picture], faces: list[FrameFaces], second: Picture, words: str
) -> None:
    results = lipfx.process_frames([frames[0], second], RED, rate=Fraction(30000, 1001), faces=faces[:2])
    next(results)
    with pytest.raises(InputError) as caught:
        next(results)
    assert words in str(caught.value)


def test_faces_and_frames_must_be_as_many(frames: list[Picture], faces: list[FrameFaces]) -> None:
    with pytest.raises(UsageError, match="more frames than faces"):
        list(lipfx.process_frames(frames, RED, rate=25, faces=faces[:2]))
    with pytest.raises(UsageError, match="more faces than frames"):
        list(lipfx.process_frames(frames[:2], RED, rate=25, faces=faces))


@pytest.fixture(scope="module")
def pair(frames: list[Picture]) -> list[Picture]:
    """Two people: the sample's, and to the right a smaller one, in a mirror and blue."""
    small = [np.ascontiguousarray(frame[::2, ::-2, ::-1]) for frame in frames]
    return [
        np.hstack([f, np.pad(s, ((128, 128), (0, 0), (0, 0)))]) for f, s in zip(frames, small, strict=True)
    ]


def sides(before: Picture, after: Picture) -> str:
    """Who is made up: the left one, the right one, both or nobody."""
    changed = (before != after).any(axis=(0, 2))
    return "left" * bool(changed[:512].any()) + "right" * bool(changed[512:].any())


def test_faces_are_chosen_and_persons_told_apart(
    frames: list[Picture], pair: list[Picture], tmp_path: Path
) -> None:
    from PIL import Image

    def made_up(**choice: Any) -> list[Picture]:
        return list(lipfx.process_frames(pair, RED, rate=25, **choice))

    def who(**choice: Any) -> set[str]:
        return {sides(a, b) for a, b in zip(pair, made_up(**choice), strict=True)}

    photo = tmp_path / "left.png"
    Image.fromarray(frames[-1]).save(photo)
    faces = list(lipfx.find_faces(pair, rate=25))
    assert who() == {"leftright"}
    assert who(choose="largest") == who(choose=1, faces=iter(faces)) == {"left"}
    assert who(face_at=[(630, 230)], faces=faces) == who(face_at=[(630, 230, 0.1)]) == {"right"}
    assert who(face_like=[photo], faces=faces) == {"left"}
    alone = lipfx.process_frames(pair[:1], RED, rate=None, choose="largest")
    assert sides(pair[0], next(alone)) == "left"
    chain = "lipstick:opacity=1,shade=#b01030,shade@ada=#1030b0"
    (picture,) = lipfx.process_frames(pair[:1], chain, rate=25, faces=faces[:1], persons={"ada": photo})
    change = picture.astype(int) - pair[0]
    assert change[:, :512, 0].sum() < change[:, :512, 2].sum()
    assert change[:, 512:, 0].sum() > change[:, 512:, 2].sum()


def test_choices_that_cannot_be_made_are_refused_at_once(frames: list[Picture]) -> None:
    with pytest.raises(UsageError, match="faces=list"):
        lipfx.process_frames(iter(frames), RED, rate=25, choose="largest")
    with pytest.raises(UsageError, match="faces=list"):
        lipfx.process_frames(frames, RED, rate=25, choose="largest", causal=True)
    with pytest.raises(UsageError, match="'largest'"):
        lipfx.process_frames(frames, RED, rate=25, choose="smallest")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--person"):
        lipfx.process_frames(frames, "lipstick:shade@ada=ruby", rate=25)
    with pytest.raises(InputError, match="does not exist"):
        lipfx.process_frames(frames, RED, rate=25, face_like=["nowhere.jpg"])


def test_clips_may_be_made_up_at_the_same_time(talking: Path, tmp_path: Path) -> None:
    shades = ("ruby", "plum", "wine")

    def pictures(shade: str, folder: str) -> list[Picture]:
        output = tmp_path / folder / f"{shade}.mkv"
        output.parent.mkdir(exist_ok=True)
        lipfx.process_video(talking, output, f"lipstick:shade={shade}", end=0.4, codec="ffv1")
        with av.open(str(output)) as clip:
            return [frame.to_ndarray() for frame in clip.decode(video=0)]

    alone = [pictures(shade, "alone") for shade in shades]
    with ThreadPoolExecutor(len(shades)) as runs:
        together = list(runs.map(lambda shade: pictures(shade, "together"), shades))
    np.testing.assert_array_equal(alone, together)
