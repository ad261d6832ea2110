"""Frames as Python programs have them: kinds and orders, what is refused, pushing, lips, picture files."""

from __future__ import annotations

import asyncio
import gc
import shutil
import sys
import tracemalloc
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import lipfx
from lipfx.core.values import FrameFaces
from lipfx.effects import Effect, Patch
from lipfx.errors import EffectError, InputError, MissingToolError, OutputError, UsageError
from tests.helpers.commands import ROOT

Picture = NDArray[Any]
RED = "lipstick:shade=#b01030,opacity=1,coverage=1"
PORTRAITS = ROOT / "docs" / "gallery" / "portraits"


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Picture]:
    """The sample's first pictures, (512, 512, 3) uint8 RGB each."""
    with av.open(str(talking)) as clip:
        decoded = clip.decode(video=0)
        return [next(decoded).to_ndarray(format="rgb24") for _ in range(20)]


@pytest.fixture(scope="module")
def faces(frames: list[Picture]) -> list[FrameFaces]:
    return list(lipfx.find_faces(frames, rate=25))


@pytest.fixture(scope="module")
def red(frames: list[Picture], faces: list[FrameFaces]) -> Picture:
    """The first picture, made up."""
    return next(lipfx.process_frames(frames, RED, rate=25, faces=faces))


def test_orders_and_kinds_give_the_same_picture_in_their_own(
    frames: list[Picture], faces: list[FrameFaces], red: Picture
) -> None:
    def made(frame: Any, **order: Any) -> Any:
        (picture,) = lipfx.process_frames([frame], RED, rate=25, faces=faces[:1], **order)
        return picture

    rgb = frames[0]
    bgra = np.dstack([rgb[..., ::-1], np.full(rgb.shape[:2], 90, np.uint8)])
    assert np.array_equal(made(rgb[..., ::-1], order="bgr"), red[..., ::-1])
    assert np.array_equal(made(bgra, order="bgr"), np.dstack([red[..., ::-1], bgra[..., 3]]))
    image = made(Image.fromarray(rgb), order="bgr")
    assert isinstance(image, Image.Image)
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), red)
    last, first = torch.from_numpy(rgb), torch.from_numpy(rgb).permute(2, 0, 1)
    assert torch.equal(made(last), torch.from_numpy(red))
    assert torch.equal(made(first), torch.from_numpy(red).permute(2, 0, 1))
    half = made((first / 255).to(torch.bfloat16))
    assert half.dtype is torch.bfloat16
    assert (half.float() - torch.from_numpy(red).permute(2, 0, 1) / 255).abs().max() < 0.02
    (cut,) = lipfx.process_frames([Image.fromarray(rgb)], "cutout", rate=25, faces=faces[:1])
    assert cut.mode == "RGBA"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((720, 1280, 3), np.uint8), "one picture, wanted a list"),
        (np.zeros((720, 1280), np.uint8), "one picture, wanted a list"),
        (np.zeros((3, 720, 1280), np.uint8), "one picture with channels first or 3 grey ones"),
        (torch.zeros(3, 720, 1280), "one picture with channels first or 3 grey ones"),
        (Image.new("RGB", (1280, 720)), "one picture, wanted a list"),
        ("clip.mp4", "process_video takes files"),
        (Path("clip.mp4"), "process_video takes files"),
        (7, "of type int"),
    ],
)
def test_what_is_not_several_pictures_is_refused_at_once(given: Any, words: str) -> None:
    for call in (lipfx.process_frames, lipfx.find_faces, lipfx.find_masks):
        chain = (RED,) if call is lipfx.process_frames else ()
        with pytest.raises(UsageError, match=words):
            call(given, *chain, rate=25)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (np.full((64, 64, 3), 200, np.float32), "from 200 to 200, wanted 0 to 1"),
        (np.linspace(-1, 1, 64 * 64 * 3).reshape(64, 64, 3), "from -1 to 1, wanted 0 to 1"),
        (torch.full((3, 64, 64), 200.0), "from 200 to 200, wanted 0 to 1"),
        (np.zeros((3, 64, 64), np.uint8), r"channels first, .*transpose\(1, 2, 0\)"),
        (np.zeros((1280, 3), np.uint8), "a row of a picture"),
        (Image.new("CMYK", (64, 64)), r"mode CMYK, .*convert\('RGB'\)"),
        (None, "is None"),
        ("picture.png", "is 'picture.png'"),
        ([[1, 2], [3, 4]], "wanted .* uint8"),
    ],
)
def test_what_cannot_be_meant_as_a_frame_is_refused(frame: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        next(lipfx.process_frames([frame], RED, rate=25))
    with pytest.raises(InputError, match=words):
        lipfx.find_lips(frame)


def test_the_first_line_of_what_takes_pictures_says_bgr() -> None:
    for call in (
        lipfx.process_frames,
        lipfx.find_faces,
        lipfx.find_masks,
        lipfx.find_lips,
        lipfx.Session,
    ):
        assert 'order="bgr"' in (call.__doc__ or "").splitlines()[0]


def test_an_unknown_order_is_refused(frames: list[Picture]) -> None:
    wrong: Any = "bgra"
    for call in (
        lambda: lipfx.process_frames(frames, RED, rate=25, order=wrong),
        lambda: lipfx.find_lips(frames[0], order=wrong),
        lambda: lipfx.Session(RED, rate=25, order=wrong),
    ):
        with pytest.raises(UsageError, match="wanted 'rgb' or 'bgr'"):
            call()


@pytest.mark.parametrize("causal", [False, True])
def test_pushing_gives_what_process_frames_gives(frames: list[Picture], causal: bool) -> None:
    expected = list(lipfx.process_frames(frames, RED, rate=25, causal=causal))
    session = lipfx.Session(RED, rate=25, causal=causal)
    for _clip in range(2):
        pushed = [session.push(frame) for frame in frames]
        if causal:
            assert [len(done) for done in pushed] == [1] * len(frames)
        else:
            assert pushed[0] == []
        made = [picture for done in pushed for picture in done] + session.flush()
        np.testing.assert_array_equal(made, expected)
    assert session.flush() == []


def test_a_session_goes_on_after_a_frame_that_is_refused(frames: list[Picture]) -> None:
    with lipfx.Session(RED, rate=25, causal=True, order="bgr") as session:
        session.push(frames[0])
        for wrong in (frames[0][:100], frames[0] / 1.0):
            with pytest.raises(InputError, match="frame 1 is"):
                session.push(wrong)
        (picture,) = asyncio.run(_pushed(session, frames[1]))
        assert picture.shape == frames[1].shape
    with pytest.raises(UsageError, match="process_frames"):
        lipfx.Session(RED, rate=None)  # type: ignore[arg-type]


class Slips(Effect, frozen=True, kw_only=True):
    """Fails where a track ends."""

    def render(self, patch: Patch) -> NDArray[np.float32]:
        return patch.rgb

    def end_track(self, state: Any) -> None:
        raise RuntimeError("nothing to close")


def test_a_session_goes_on_after_a_clip_whose_tracks_end_badly(frames: list[Picture]) -> None:
    session = lipfx.Session(Slips(), rate=25)
    for first in (frames[0], frames[0][::2, ::2]):
        session.push(first)
        with pytest.raises(EffectError, match="end of track 1"):
            session.flush()


def test_sessions_of_one_event_loop_do_not_disturb_each_other(frames: list[Picture]) -> None:
    chains = (RED, "lipstick:shade=plum")

    async def made_up(chain: str) -> list[Picture]:
        session = lipfx.Session(chain, rate=25, causal=True)
        return [picture for frame in frames[:6] for picture in await _pushed(session, frame)]

    async def at_once() -> list[list[Picture]]:
        return await asyncio.gather(*map(made_up, chains))

    alone = [list(lipfx.process_frames(frames[:6], chain, rate=25, causal=True)) for chain in chains]
    np.testing.assert_array_equal(asyncio.run(at_once()), alone)


def test_a_long_session_holds_no_more(frames: list[Picture]) -> None:
    small = [np.ascontiguousarray(frame[::2, ::2]) for frame in frames]
    coming = cycle(small + small[-2:0:-1])
    session = lipfx.Session("lipstick", rate=25, causal=True)

    def held_after(count: int) -> int:
        for frame in islice(coming, count):
            session.push(frame)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    held_after(100)
    tracemalloc.start()
    try:
        assert held_after(50) > held_after(150) - 300_000  # one and a half frames, of 150
    finally:
        tracemalloc.stop()


async def _pushed(session: lipfx.Session, frame: Picture) -> list[Picture]:
    return await asyncio.to_thread(session.push, frame)


def test_lips_of_a_picture(frames: list[Picture], tmp_path: Path) -> None:
    Image.fromarray(frames[0]).save(tmp_path / "ada.png")
    wide = np.hstack([frames[0], np.zeros_like(frames[0])])
    (lips,) = lipfx.find_lips(wide[..., ::-1], order="bgr", persons={"ada": tmp_path / "ada.png"})
    assert lips.person == "ada"
    assert lips.confidence > 0.9
    assert lips.box.shape == (4,)
    alpha, labels = lips.mask(), lips.mask("labels")
    assert alpha.shape == labels.shape == (512, 1024)
    assert alpha.dtype == np.float32
    assert set(np.unique(labels)) <= {0, 1, 2, 3}
    upper, lower = lips.mask("upper"), lips.mask("lower")
    rows = np.arange(512)[:, None]
    assert (rows * upper).sum() / upper.sum() < (rows * lower).sum() / lower.sum()
    assert abs(float(upper.sum() + lower.sum()) / float(alpha.sum()) - 1) < 0.1
    x, y = lips.points[:28].mean(0)
    assert alpha[int(y) - 40 : int(y) + 40, int(x) - 80 : int(x) + 80].sum() > 0.99 * alpha.sum()
    assert lipfx.find_lips(np.zeros((200, 200, 3), np.uint8)) == []
    with pytest.raises(UsageError, match="wanted one of alpha"):
        lips.mask("teeth")  # type: ignore[arg-type]


def test_masks_of_frames_are_those_of_the_command(
    frames: list[Picture], faces: list[FrameFaces], tmp_path: Path
) -> None:
    from lipfx.pipeline import MaskOptions, masks

    Image.fromarray(frames[0]).save(tmp_path / "one.png")
    for kind in ("alpha", "labels"):
        masks(tmp_path / "one.png", tmp_path / kind, MaskOptions(kind=kind))
        (mask,) = lipfx.find_masks(frames[:1], rate=None, kind=kind)
        assert np.array_equal(mask, np.asarray(Image.open(tmp_path / kind / "one.png")))
    (deep,) = lipfx.find_masks(frames[:1], rate=25, faces=faces[:1], bits=16)
    assert deep.dtype == np.uint16
    assert deep.max() == 65535


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
def test_what_was_found_is_told_in_the_terms_of_other_libraries(
    frames: list[Picture], faces: list[FrameFaces]
) -> None:
    from pycocotools import mask as coco

    wide = np.hstack([frames[0], frames[0]])
    lips = lipfx.find_lips(wide)
    detections = lipfx.to_detections(lips)
    assert len(detections) == 2
    assert detections.mask is not None
    for box, mask in zip(detections.xyxy, detections.mask, strict=True):
        rows, columns = np.nonzero(mask)
        edges = (columns.min(), rows.min(), columns.max(), rows.max())
        assert np.abs(np.subtract(box, edges)).max() < 5
    assert list(detections.data["person"]) == ["", ""]
    tracked = lipfx.to_detections(faces[3])
    assert tracked.tracker_id is not None
    assert tracked.tracker_id.tolist() == [1]
    assert tracked.mask is None
    assert len(lipfx.to_detections([])) == 0
    (alpha,) = lipfx.find_masks([wide], rate=None)
    (deep,) = lipfx.find_masks([wide], rate=None, bits=16)
    for mask in (alpha, alpha >= 128, alpha / 255, deep):
        encoded = lipfx.to_rle(mask)
        assert np.array_equal(coco.decode(encoded), alpha >= 128)
        assert isinstance(encoded["counts"], str)
    for wrong in (wide, alpha.astype(int)):
        with pytest.raises(UsageError, match="wanted"):
            lipfx.to_rle(wrong)
    table = lipfx.to_pandas(faces)
    assert table["frame"].tolist() == list(range(len(faces)))
    np.testing.assert_array_equal(table[["x_10", "y_10"]].iloc[3], faces[3].faces[0].points[10])
    assert lipfx.to_pandas(lips)["x0"].tolist() == [one.box[0] for one in lips]
    assert list(lipfx.to_pandas([]).columns) == list(table.columns)


@pytest.mark.parametrize("name", ["supervision", "pycocotools.mask", "pandas"])
def test_a_library_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    calls: dict[str, Callable[[], Any]] = {
        "supervision": lambda: lipfx.to_detections([]),
        "pycocotools.mask": lambda: lipfx.to_rle(np.zeros((4, 4), bool)),
        "pandas": lambda: lipfx.to_pandas([]),
    }
    with pytest.raises(MissingToolError, match=r"is not installed; pip install 'lipfx\[data\]'"):
        calls[name]()


def test_picture_files_are_made_up_under_their_names(tmp_path: Path) -> None:
    pictures = sorted(PORTRAITS.glob("*.jpg"))[:2]
    steps: list[tuple[int, int | None]] = []
    done = lipfx.process_images(
        pictures, tmp_path / "out", RED, progress=lambda at, of: steps.append((at, of))
    )
    assert [(one.output, one.frames, one.faces) for one in done] == [
        (tmp_path / "out" / picture.name, 1, 1) for picture in pictures
    ]
    assert steps == [(1, 2), (2, 2)]
    with pytest.raises(OutputError, match="exists"):
        lipfx.process_images(pictures, tmp_path / "out", RED)


def test_picture_files_that_would_replace_each_other_are_refused(talking: Path, tmp_path: Path) -> None:
    picture = sorted(PORTRAITS.glob("*.jpg"))[0]
    other = tmp_path / "in" / picture.name
    other.parent.mkdir()
    shutil.copy(picture, other)
    for sources, words in (([picture, other], "would both become"), ([picture, talking], "is no picture")):
        with pytest.raises(UsageError, match=words):
            lipfx.process_images(sources, tmp_path / "out", RED)
        assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="sources is one file"):
        lipfx.process_images(str(picture), tmp_path / "out", RED)
