"""Live use without a display: pictures go in, keys go in, what is shown and recorded comes out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core.values import Frame
from lipfx.effects.registry import parse_chain
from lipfx.errors import InputError, MissingToolError, OutputError, UsageError
from lipfx.pipeline.live import Ended, Feed, live
from lipfx.pipeline.newest import newest
from lipfx.pipeline.preview import to_rgb
from lipfx.pipeline.screen import seen
from lipfx.pipeline.variation import Variation
from lipfx.video.camera import Camera
from lipfx.video.source import open_source
from lipfx.video.virtual import VirtualCamera

Picture = NDArray[np.uint8]

CHAIN = "lipstick:shade=ruby,finish=gloss,opacity=1,coverage=1"
MOUTH = (slice(270, 330), slice(190, 315))
PATIENCE = 60.0


class Played:
    """A screen that keeps what it is shown and presses keys. keys: by the number of pictures shown so far.

    The next picture comes when the one before it has been shown; hold: is called in place of that.
    """

    def __init__(self, keys: Mapping[int, str] | None = None) -> None:
        self.pictures: list[Picture] = []
        self.hold: Callable[[], object] = lambda: None
        self._keys = dict(keys or {})
        self._shown = threading.Semaphore(0)

    def show(self, picture: Picture) -> None:
        self.pictures.append(picture)
        self.hold()
        self._shown.release()

    def pressed(self) -> Sequence[str]:
        keys = self._keys.pop(len(self.pictures), "")
        if "q" in keys:  # no picture will be shown for which the next one waits
            self._shown.release()
        return keys

    def in_step(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield frame
            assert self._shown.acquire(timeout=PATIENCE)


def frames_of(clip: Path, count: int) -> list[Frame]:
    with open_source(clip) as reader:
        return list(islice(reader, count))


def run(
    frames: Sequence[Frame], tmp_path: Path, keys: Mapping[int, str] | None = None, **options: Any
) -> tuple[Ended, list[Picture]]:
    screen = Played({0: "h", **(keys or {})})  # no line of help on the pictures
    feed = Feed(screen.in_step(frames))
    ended = live(parse_chain(CHAIN), feed, screen, tmp_path / "live.mp4", **options)
    return ended, screen.pictures


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Frame]:
    return frames_of(talking, 12)


def own(frame: Frame, like: Frame) -> Frame:
    """The frame with samples of its own, at the time of another."""
    return replace(like, planes=tuple(plane.copy() for plane in frame.planes))


@pytest.fixture
def fresh(frames: list[Frame]) -> list[Frame]:
    """The sample's first frames, whose samples may be changed."""
    return [own(frame, frame) for frame in frames]


@pytest.fixture
def still(frames: list[Frame]) -> list[Frame]:
    """The same picture at the times of three frames."""
    return [own(frames[0], frame) for frame in frames[:3]]


def redness(picture: Picture) -> float:
    mouth = picture[MOUTH].astype(float)
    return float((mouth[..., 0] - mouth[..., 1]).mean())


def test_pictures_are_made_up_as_they_come(fresh: list[Frame], frames: list[Frame], tmp_path: Path) -> None:
    ended, shown = run(fresh, tmp_path)
    assert (ended.shown, ended.dropped, ended.recordings) == (12, 0, ())
    for frame, picture in zip(frames, shown, strict=True):
        before = to_rgb(frame)
        assert redness(picture) > redness(before) + 8
        away = np.abs(picture[:200].astype(int) - before[:200])
        assert away.mean() < 1.0  # what is shown is converted quickly
    assert list(tmp_path.iterdir()) == []


def test_a_real_clip_is_made_up_from_its_first_frame(shared: Path, tmp_path: Path) -> None:
    frames = frames_of(shared / "clips" / "lipstick_talking.mp4", 8)
    before = [to_rgb(frame) for frame in frames]
    ended, shown = run(frames, tmp_path)
    assert ended.shown == 8
    changes = [np.abs(a.astype(int) - b).max() for a, b in zip(shown, before, strict=True)]
    assert min(changes[2:]) > 30, changes


@pytest.mark.parametrize("there", ["s", "F"])
def test_keys_change_shade_and_finish(still: list[Frame], tmp_path: Path, there: str) -> None:
    _, unchanged = run([own(frame, frame) for frame in still], tmp_path)
    _, (_, other, again) = run(still, tmp_path, {1: there, 2: there.swapcase()})
    assert np.abs(other[MOUTH].astype(int) - unchanged[1][MOUTH]).max() > 25
    assert np.array_equal(again, unchanged[2])


def test_what_keys_change_is_a_chain_like_any() -> None:
    variation = Variation(parse_chain(f"teeth-whiten+{CHAIN}+liner"))
    assert (variation.value("shade"), variation.value("finish")) == ("ruby", "gloss")
    assert variation.step("shade", 1)
    assert variation.step("finish", -1)
    assert variation.value("shade") != "ruby"
    assert variation.value("finish") == "satin"
    assert variation.step("shade", -1)
    assert variation.value("shade") == "ruby"
    assert variation.chain.text == "teeth-whiten+lipstick:shade=ruby,finish=satin,opacity=1,coverage=1+liner"
    assert not Variation(parse_chain("blur")).step("shade", 1)


def test_compare_shows_before_after_and_both(still: list[Frame], frames: list[Frame], tmp_path: Path) -> None:
    _, (after, before, both) = run(still, tmp_path, {1: "c", 2: "c"})
    middle = before.shape[1] // 2
    assert np.array_equal(before, seen(frames[0]))
    assert redness(after) > redness(before) + 8
    assert np.array_equal(both[:, : middle - 2], before[:, : middle - 2])
    assert redness(both) > redness(before) + 3
    assert (both[:, middle] == 255).all()


def test_recordings_hold_what_was_made_up_with_its_times(fresh: list[Frame], tmp_path: Path) -> None:
    keys = {2: "rc", 6: "r", 8: "r"}  # compared meanwhile, which is not recorded; the last one runs on
    ended, _ = run(fresh, tmp_path, keys)
    assert [path.name for path in ended.recordings] == ["live.mp4", "live-2.mp4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live-2.mp4", "live.mp4"]
    with av.open(str(tmp_path / "live.mp4")) as clip:
        assert "lipstick:shade=ruby" in clip.metadata["comment"]
        recorded = list(clip.decode(video=0))
    assert [round(float(frame.time or 0), 3) for frame in recorded] == [0.0, 0.04, 0.08, 0.12]
    assert redness(np.asarray(recorded[0].to_ndarray(format="rgb24"), np.uint8)) > 30
    with av.open(str(tmp_path / "live-2.mp4")) as clip:
        assert len(list(clip.decode(video=0))) == 4


def test_an_error_leaves_no_half_recording(fresh: list[Frame], tmp_path: Path) -> None:
    def broken() -> Iterator[Frame]:
        yield from screen.in_step(fresh[:5])
        raise InputError("camera 0 gives no more pictures")

    screen = Played({1: "r"})
    with pytest.raises(InputError, match="no more pictures"):
        live(parse_chain(CHAIN), Feed(broken()), screen, tmp_path / "live.mp4")
    assert list(tmp_path.iterdir()) == []
    assert len(screen.pictures) == 5


def test_what_cannot_be_recorded_is_said_at_once(fresh: list[Frame], tmp_path: Path) -> None:
    (tmp_path / "there.mp4").touch()
    for name, words in (
        ("there.mp4", "exists already"),
        ("a.png", "is no video"),
        ("no/a.mp4", "not a folder"),
    ):
        with pytest.raises(OutputError, match=words):
            live(parse_chain(CHAIN), Feed(fresh), Played(), tmp_path / name)
    with pytest.raises(UsageError, match="anna"):
        live(parse_chain("lipstick:shade@anna=ruby"), Feed(fresh), Played(), tmp_path / "a.mp4")


def test_q_ends_it(fresh: list[Frame], tmp_path: Path) -> None:
    ended, shown = run(fresh, tmp_path, {4: "q"})
    assert ended.shown == len(shown) == 4


def test_pictures_that_come_too_fast_are_dropped(fresh: list[Frame], tmp_path: Path) -> None:
    drawn = threading.Event()

    def coming() -> Iterator[Frame]:
        yield fresh[0]
        assert started.wait(PATIENCE)
        yield from fresh[1:]
        drawn.set()

    started, screen = threading.Event(), Played()

    def hold() -> None:  # a first picture that takes as long as all others to come
        started.set()
        assert drawn.wait(PATIENCE)

    screen.hold = hold
    ended = live(parse_chain(CHAIN), Feed(coming()), screen, tmp_path / "live.mp4")
    assert (ended.shown, ended.dropped) == (2, 10)


def test_the_help_line_fits_and_hides(fresh: list[Frame], tmp_path: Path) -> None:
    screen = Played({2: "h"})
    live(parse_chain(CHAIN), Feed(screen.in_step(fresh[:3])), screen, tmp_path / "live.mp4")
    first, second, hidden = screen.pictures
    bottom = slice(first.shape[0] - 40, None)
    assert np.abs(first[bottom].astype(int) - hidden[bottom]).mean() > 10
    assert (first[-1] == first[-1, 0]).all()  # paper to the edge
    assert first[bottom].max() > 200  # and letters on it
    assert np.abs(first[:200].astype(int) - hidden[:200]).mean() < 10
    assert second.shape == hidden.shape


def test_a_clip_comes_at_its_own_pace_and_errors_come_through() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise InputError("broken")

    with newest(items(), due=float) as coming:
        assert coming.take(PATIENCE) == 1
        with pytest.raises(InputError, match="broken"):
            coming.take(PATIENCE)
    with newest(iter([0, 3600]), due=float) as coming:  # leaving does not wait for the second
        assert coming.take(PATIENCE) == 0
        assert coming.take(0.0) is None
        assert not coming.over


def test_a_camera_gives_pictures_in_its_colours(talking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, clock = cv2.VideoCapture, iter([7.0, 7.04, 7.5])
    monkeypatch.setattr(cv2, "VideoCapture", lambda _number: real(str(talking)))
    with Camera(0, lambda: next(clock)) as camera, open_source(talking) as reader:
        assert camera.rate == 25
        taken = list(islice(camera, 3))
        wanted = to_rgb(next(reader))
    assert [round(frame.time, 3) for frame in taken] == [0.0, 0.04, 0.5]
    assert [frame.index for frame in taken] == [0, 1, 2]
    assert taken[0].time_base * taken[0].duration == Fraction(1, 25)
    assert np.abs(to_rgb(taken[0]).astype(int) - wanted).mean() < 4


def test_a_camera_that_is_not_there_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"camera 99 cannot be opened; connect it"), Camera(99):
        pass
    assert capfd.readouterr() == ("", "")


def test_other_programs_get_the_pictures(
    fresh: list[Frame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Picture] = []
    made: list[tuple[int, int, float]] = []

    def camera(width: int, height: int, rate: float) -> SimpleNamespace:
        made.append((width, height, rate))
        return SimpleNamespace(send=sent.append, close=lambda: made.append((0, 0, 0.0)))

    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=camera))
    with VirtualCamera(25.0) as virtual:
        run(fresh[:3], tmp_path, {1: "c"}, outputs=[virtual])
    assert made == [(512, 512, 25.0), (0, 0, 0.0)]
    assert min(map(redness, sent)) > 30  # made up, whatever the screen compares
    assert [picture.dtype for picture in sent] == [np.uint8] * 3


def test_a_virtual_camera_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(MissingToolError, match="pip install pyvirtualcam"), VirtualCamera(25.0):
        pass

    def camera(*_: object) -> None:
        raise RuntimeError("'v4l2loopback' backend: No v4l2 loopback\ndevice found")

    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=camera))
    with VirtualCamera(25.0) as virtual, pytest.raises(OutputError, match="No v4l2 loopback device found"):
        virtual.send(np.zeros((4, 4, 3), np.uint8))
