"""Owns the tests of composition: what is painted, what must stay, what is refused; sample by sample."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.colour import from_lab, parse_hex, to_lab
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Colour, Face, Float32, Frame, PixelFormat
from lipfx.effects import Effect, Patch, Region, Renderer, Space
from lipfx.errors import EffectError
from lipfx.masks.mouth import mouth_box
from tests.helpers.mouths import face_at, flat_frame, noise_frame

FORMATS = [
    PixelFormat("yuv420p", 8, 1, 1),
    PixelFormat("yuv420p10le", 10, 1, 1),
    PixelFormat("yuv422p", 8, 1, 0),
    PixelFormat("yuv422p10le", 10, 1, 0),
    PixelFormat("yuv444p", 8),
    PixelFormat("yuv444p10le", 10),
    PixelFormat("gbrp", 8, rgb=True),
    PixelFormat("gbrp10le", 10, rgb=True),
    PixelFormat("gray", 8, grey=True),
    PixelFormat("yuva420p", 8, 1, 1, alpha=True),
]
YUV420 = FORMATS[0]
HDR = Colour("bt2020nc", "bt2020", "smpte2084")
FACES = {
    "one": [face_at((80, 60))],
    "two overlapping": [face_at((70, 60)), face_at((95, 66), track_id=2)],
    "at the borders": [face_at((20, 15), 40), face_at((150, 110), 50, track_id=2)],
    "partly outside": [face_at((2, 60)), face_at((161, 1), track_id=2)],
    "outside": [face_at((-300, 60)), face_at((80, 900), track_id=2)],
    "tiny": [face_at((80, 60), 3.0)],
    "a point": [face_at((80, 60), 0.0)],
}


class Paint(Effect, frozen=True):
    """Paints its whole patch in one colour."""

    region: ClassVar[Region] = Region.AROUND
    shade: str = "#00ff00"

    def render(self, patch: Patch) -> Float32:
        return np.broadcast_to(parse_hex(self.shade), patch.rgb.shape).astype(np.float32)


class PaintLips(Paint, frozen=True):
    """Paints the lips."""

    region: ClassVar[Region] = Region.LIPS


class Nothing(Effect, frozen=True):
    """Changes nothing, the long way round."""

    region: ClassVar[Region] = Region.AROUND

    def render(self, patch: Patch) -> Float32:
        return patch.rgb + np.float32(0) * (1 - patch.rgb)


class NothingLinear(Nothing, frozen=True):
    """Changes nothing, in light."""

    space: ClassVar[Space] = Space.LINEAR


class NothingLab(Nothing, frozen=True):
    """Changes nothing but what rounding loses on the way through Lab."""

    space: ClassVar[Space] = Space.LINEAR

    def render(self, patch: Patch) -> Float32:
        return from_lab(to_lab(patch.rgb))


class Matte(Renderer, frozen=True):
    """The region's mask."""

    def render(self, patch: Patch) -> Float32:
        return patch.alpha[..., None]


class Cutout(Renderer, frozen=True):
    """The region on transparency."""

    channels: ClassVar[int] = 4

    def render(self, patch: Patch) -> Float32:
        return np.dstack([np.clip(patch.rgb, 0, 1), patch.alpha])


def boxes(frame: Frame, faces: list[Face], margin: float = 0.25) -> list[Box]:
    return [mouth_box(face, frame.width, frame.height, frame.format, margin) for face in faces]


def changed(frame: Frame, before: Frame) -> list[Any]:
    return [a != b for a, b in zip(frame.planes, before.planes, strict=True)]


@pytest.mark.parametrize("format", FORMATS, ids=lambda f: f.name)
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
@pytest.mark.parametrize("faces", FACES.values(), ids=FACES.keys())
def test_nothing_outside_the_boxes_changes(
    format: PixelFormat, size: tuple[int, int], faces: list[Face]
) -> None:
    frame, before = noise_frame(format, None, *size), noise_frame(format, None, *size)
    Compositor([Paint()]).render(frame, faces)
    differs = changed(frame, before)
    for box in boxes(frame, faces):
        for index, plane in enumerate(differs):
            chroma = index in (1, 2) and not format.rgb
            sx, sy = (format.chroma_shift_x, format.chroma_shift_y) if chroma else (0, 0)
            plane[box.y0 >> sy : -(-box.y1 >> sy), box.x0 >> sx : -(-box.x1 >> sx)] = False
    assert not any(plane.any() for plane in differs)


@pytest.mark.parametrize("format", FORMATS, ids=lambda f: f.name)
def test_what_is_painted_has_the_colour(format: PixelFormat) -> None:
    frame = flat_frame(format, (2 ** (format.bits - 1),) * format.plane_count, width=161, height=121)
    Compositor([Paint(shade="#b03050")]).render(frame, FACES["one"])
    middle = read_patch(frame, Box(70, 50, 90, 70), Space.ENCODED)
    wanted = parse_hex("#b03050")
    if format.grey:
        wanted = np.full(3, wanted @ (0.2126, 0.7152, 0.0722), np.float32)
    np.testing.assert_allclose(middle, np.broadcast_to(wanted, middle.shape), atol=0.012)


@pytest.mark.parametrize("colour", [Colour(), HDR, Colour("smpte170m", "smpte170m", "smpte170m")])
@pytest.mark.parametrize("format", FORMATS, ids=lambda f: f.name)
@pytest.mark.parametrize("chain", [[Nothing()], [Nothing(), NothingLinear(), Nothing()], [NothingLab()]])
def test_a_chain_that_changes_nothing_leaves_every_sample(
    colour: Colour, format: PixelFormat, chain: list[Effect]
) -> None:
    frame, before = noise_frame(format, colour, 161, 121), noise_frame(format, colour, 161, 121)
    Compositor(chain).render(frame, FACES["two overlapping"] + FACES["at the borders"])
    assert not any(plane.any() for plane in changed(frame, before))


def test_samples_beyond_the_nominal_range_stay_where_nothing_is_painted() -> None:
    frame = flat_frame(YUV420, (255, 3, 250))
    Compositor([PaintLips()]).render(frame, FACES["one"])
    assert frame.planes[0][60, 80] == 255, "the inner mouth is no lip"
    assert frame.planes[0][43, 80] == 255, "nor is what lies above"
    assert frame.planes[0][72, 80] == 173


def test_effects_of_a_chain_see_each_other() -> None:
    frame, alone = flat_frame(YUV420, (120, 128, 128)), flat_frame(YUV420, (120, 128, 128))
    Compositor([Paint(shade="#ff0000"), PaintLips(shade="#0000ff")]).render(frame, FACES["one"])
    lips, teeth = (
        read_patch(frame, Box(78, 72, 82, 74), Space.ENCODED),
        read_patch(frame, Box(78, 58, 82, 62), Space.ENCODED),
    )
    np.testing.assert_allclose(lips.mean(axis=(0, 1)), (0, 0, 1), atol=0.03)
    np.testing.assert_allclose(teeth.mean(axis=(0, 1)), (1, 0, 0), atol=0.03)
    Compositor([PaintLips(shade="#0000ff"), Paint(shade="#ff0000")]).render(alone, FACES["one"])
    lips = read_patch(alone, Box(78, 72, 82, 74), Space.ENCODED)
    np.testing.assert_allclose(lips.mean(axis=(0, 1)), (1, 0, 0), atol=0.03)


def test_a_shade_looks_the_same_on_an_hdr_clip() -> None:
    ten = FORMATS[1]
    frame = flat_frame(ten, (300, 512, 512), HDR)
    Compositor([PaintLips(shade="#b03050")]).render(frame, FACES["one"])
    lips = read_patch(frame, Box(78, 72, 82, 74), Space.ENCODED)
    np.testing.assert_allclose(lips.mean(axis=(0, 1)), parse_hex("#b03050"), atol=0.01)


def test_low_confidence_paints_less_and_none_nothing() -> None:
    levels = []
    for confidence in (1.0, 0.3, 0.1):
        frame = flat_frame(YUV420, (100, 128, 128))
        Compositor([PaintLips(shade="#ffffff")]).render(frame, [face_at((80, 60), confidence=confidence)])
        levels.append(int(frame.planes[0][72, 80]))
    assert levels[0] == 235
    assert 120 < levels[1] < 220
    assert levels[2] == 100


class Broken(Effect, frozen=True):
    """Returns what it is told to, for the second face."""

    what: str

    def render(self, patch: Patch) -> Any:
        if patch.track_id == 1:
            return patch.rgb * 0
        wrong = {
            "shape": patch.rgb[:-1],
            "integers": (patch.rgb * 255).astype(np.uint8),
            "nothing": None,
            "nan": patch.rgb * np.float32("nan"),
            "write": None,
        }
        if self.what == "raise":
            raise KeyError("gloss")
        if self.what == "write":
            patch.rgb[:] = 0
        return wrong[self.what]


@pytest.mark.parametrize("what", ["shape", "integers", "nothing", "nan", "raise", "write"])
def test_broken_effects_are_named_and_leave_the_frame_whole(what: str) -> None:
    frame, before = noise_frame(YUV420), noise_frame(YUV420)
    with pytest.raises(EffectError, match="effect Broken") as caught:
        Compositor([Broken(what=what)]).render(frame, FACES["two overlapping"])
    assert "\n" not in str(caught.value)
    assert not any(plane.any() for plane in changed(frame, before))


def test_a_matte_is_the_mask_in_the_clips_format() -> None:
    for format, colour in (
        (YUV420, Colour()),
        (FORMATS[1], HDR),
        (FORMATS[6], Colour("gbr", full_range=True)),
    ):
        frame, before = noise_frame(format, colour), noise_frame(format, colour)
        compositor = Compositor([Matte()])
        picture = compositor.render(frame, FACES["one"])
        assert (picture.format, picture.colour) == compositor.output_format(format, colour)
        assert not any(plane.any() for plane in changed(frame, before))
        top, black = (255, 0) if format.rgb else (235 << format.bits - 8, 16 << format.bits - 8)
        assert picture.planes[0][72, 80] == top
        assert picture.planes[0][60, 80] == picture.planes[0][5, 5] == black
        if not format.rgb:
            assert np.all(picture.planes[1] == 1 << format.bits - 1)


def test_a_matte_for_a_clip_with_alpha_is_opaque() -> None:
    picture = Compositor([Matte()]).render(noise_frame(FORMATS[9]), FACES["one"])
    assert np.all(picture.planes[3] == 255)


def test_mattes_of_two_mouths_do_not_erase_each_other() -> None:
    both = Compositor([Matte()]).render(noise_frame(YUV420), FACES["two overlapping"]).planes[0]
    each = [
        Compositor([Matte()]).render(noise_frame(YUV420), [f]).planes[0] for f in FACES["two overlapping"]
    ]
    np.testing.assert_array_equal(both, np.maximum(*each))


def test_a_cutout_keeps_the_picture_and_is_transparent_elsewhere() -> None:
    frame = flat_frame(FORMATS[3], (400, 480, 600))
    picture = Compositor([PaintLips(shade="#b03050"), Cutout()]).render(frame, FACES["one"])
    assert picture.format.name.startswith("gbrap10")
    green, blue, red, alpha = (int(plane[72, 80]) for plane in picture.planes)
    np.testing.assert_allclose(np.array([red, green, blue]) / 1023, parse_hex("#b03050"), atol=0.005)
    assert alpha == 1023
    assert picture.planes[3][60, 80] == picture.planes[3][5, 5] == 0
    assert frame.planes[0][72, 80] == 400


class Counting(Effect, frozen=True):
    """Keeps count of its frames and draws a number."""

    def render(self, patch: Patch) -> Float32:
        patch.state.setdefault("seen", []).append((patch.index, float(patch.rng.random())))
        assert patch.state["seen"][-1][1] == patch.state["seen"][0][1], "the same draws at every frame"
        return patch.rgb + np.float32(0.01 * len(patch.state["seen"]))


def test_state_belongs_to_a_track_and_ends_with_it() -> None:
    compositor = Compositor([Counting(), Counting()])

    def luma(track_id: int) -> int:
        frame = flat_frame(YUV420, (100, 128, 128))
        compositor.render(frame, [face_at((80, 60), track_id=track_id)])
        return int(frame.planes[0][72, 80])

    first, second, other = luma(1), luma(1), luma(2)
    assert first == other < second
    compositor.end_track(1)
    assert luma(1) == first
    assert luma(2) == second


def test_a_renderer_must_be_last_and_a_chain_not_empty() -> None:
    with pytest.raises(EffectError, match="put it last"):
        Compositor([Matte(), Paint()])
    with pytest.raises(EffectError, match="no effect"):
        Compositor([])


def test_the_patch_is_placed_where_the_mouth_is() -> None:
    seen: list[Patch] = []

    class Look(Effect, frozen=True):
        """Keeps the patch."""

        def render(self, patch: Patch) -> Float32:
            seen.append(patch)
            return patch.rgb

    face = face_at((80, 60))
    Compositor([Look()]).render(noise_frame(YUV420), [face])
    patch = seen[0]
    np.testing.assert_allclose(patch.landmarks, face.points - (patch.box.x0, patch.box.y0))
    assert patch.mouth_width == pytest.approx(60)
    assert patch.rgb.shape == (patch.box.height, patch.box.width, 3)
    for array in (patch.rgb, patch.alpha, patch.upper, patch.lower, patch.inner, patch.landmarks):
        assert not array.flags.writeable


class Veil(Paint, frozen=True):
    """Hides the mouth."""

    protects: ClassVar[bool] = True


@pytest.mark.parametrize("confidence", [0.0, 0.1, 0.3])
def test_what_protects_hides_a_mouth_in_doubt_as_one_in_sight(confidence: float) -> None:
    shown, doubted = (noise_frame(YUV420) for _ in range(2))
    Compositor([Veil()]).render(shown, [face_at((80, 60))])
    Compositor([Veil()]).render(doubted, [face_at((80, 60), confidence=confidence)])
    for one, other in zip(shown.planes, doubted.planes, strict=True):
        assert (one == other).all()
    Compositor([Paint()]).render(painted := noise_frame(YUV420), [face_at((80, 60), confidence=confidence)])
    assert (painted.planes[0] != shown.planes[0]).any()
