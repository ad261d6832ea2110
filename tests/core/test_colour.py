"""Owns the tests of colour: known samples give known colours, and what is not changed comes back exactly."""

from __future__ import annotations

import numpy as np
import pytest

from lipfx.core.colour import from_lab, parse_hex, to_encoded, to_lab, to_linear
from lipfx.core.planar import read_patch, write_patch
from lipfx.core.transfer import from_working, to_working
from lipfx.core.values import Box, Colour, PixelFormat
from lipfx.effects import Space
from lipfx.errors import InputError, ParameterError
from tests.helpers.mouths import flat_frame, noise_frame

YUV420 = PixelFormat("yuv420p", 8, 1, 1)
YUV422_10 = PixelFormat("yuv422p10le", 10, 1, 0)
YUV444_12 = PixelFormat("yuv444p12le", 12)
YUV411 = PixelFormat("yuv411p", 8, 2, 0)
GBRP = PixelFormat("gbrp", 8, rgb=True)
GBRP16 = PixelFormat("gbrp16le", 16, rgb=True)
GREY = PixelFormat("gray", 8, grey=True)
FORMATS = [YUV420, YUV422_10, YUV444_12, YUV411, GBRP, GBRP16, GREY]

BT709 = Colour()
BT601 = Colour("smpte170m", "bt709", "smpte170m")
FULL = Colour("bt709", "bt709", "bt709", full_range=True)
P3 = Colour("bt709", "smpte432", "iec61966-2-1")
SDR_2020 = Colour("bt2020nc", "bt2020", "bt2020-10")
PQ = Colour("bt2020nc", "bt2020", "smpte2084")
HLG = Colour("bt2020nc", "bt2020", "arib-std-b67")
YCGCO = Colour("ycgco", "bt709", "bt709", full_range=True)
COLOURS = [BT709, BT601, FULL, P3, SDR_2020, PQ, HLG, YCGCO, Colour("bt470bg", "bt470bg", "bt470bg")]


@pytest.mark.parametrize(
    ("colour", "samples", "rgb"),
    [
        # 75 and 100 % colour bars as SMPTE RP 219 and BT.801 print them.
        (BT709, (235, 128, 128), (1, 1, 1)),
        (BT709, (16, 128, 128), (0, 0, 0)),
        (BT709, (63, 102, 240), (1, 0, 0)),
        (BT709, (173, 42, 26), (0, 1, 0)),
        (BT709, (32, 240, 118), (0, 0, 1)),
        (BT709, (51, 109, 212), (0.75, 0, 0)),
        (BT601, (81, 90, 240), (1, 0, 0)),
        (BT601, (145, 54, 34), (0, 1, 0)),
        (BT601, (41, 240, 110), (0, 0, 1)),
        (FULL, (54, 99, 255), (1, 0, 0)),
        (YCGCO, (64, 64, 255), (1, 0, 0)),
    ],
)
def test_colour_bars_read_as_their_colours(
    colour: Colour, samples: tuple[int, ...], rgb: tuple[float, ...]
) -> None:
    frame = flat_frame(YUV420, samples, colour)
    got = read_patch(frame, Box(4, 4, 20, 20), Space.ENCODED)
    np.testing.assert_allclose(got, np.broadcast_to(rgb, got.shape), atol=0.008)


def test_ten_bits_read_as_eight() -> None:
    eight = read_patch(flat_frame(YUV420, (63, 102, 240)), Box(0, 0, 8, 8), Space.ENCODED)
    ten = read_patch(flat_frame(YUV422_10, (252, 408, 960)), Box(0, 0, 8, 8), Space.ENCODED)
    np.testing.assert_allclose(eight, ten, atol=1e-6)


def test_planes_of_gbrp_are_green_blue_red() -> None:
    frame = flat_frame(GBRP, (0x20, 0x30, 0xC0), Colour("gbr", "bt709", "iec61966-2-1", full_range=True))
    got = read_patch(frame, Box(0, 0, 8, 8), Space.ENCODED)
    np.testing.assert_allclose(got[0, 0], parse_hex("#c02030"), atol=1e-6)


@pytest.mark.parametrize("format", FORMATS, ids=lambda f: f.name)
@pytest.mark.parametrize("colour", COLOURS, ids=lambda c: f"{c.matrix}-{c.primaries}-{c.transfer}")
@pytest.mark.parametrize("space", Space)
def test_unchanged_patches_leave_every_sample(format: PixelFormat, colour: Colour, space: Space) -> None:
    frame, original = noise_frame(format, colour, 61, 47), noise_frame(format, colour, 61, 47)
    box = Box(8, 4, 61, 47)
    rgb = read_patch(frame, box, space)
    assert np.isfinite(rgb).all()
    write_patch(frame, box, rgb, rgb.copy(), space)
    for got, wanted in zip(frame.planes, original.planes, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("colour", [BT709, BT601, FULL, P3, SDR_2020, PQ, HLG], ids=lambda c: c.transfer)
@pytest.mark.parametrize("format", [YUV420, YUV422_10, GBRP16], ids=lambda f: f.name)
def test_a_colour_that_is_written_is_read_back(format: PixelFormat, colour: Colour) -> None:
    middle = tuple(2 ** (format.bits - 1) for _ in range(3))
    frame, box = flat_frame(format, middle, colour), Box(10, 10, 50, 40)
    before = read_patch(frame, box, Space.ENCODED)
    shade = np.broadcast_to(parse_hex("#a03048"), before.shape).astype(np.float32)
    write_patch(frame, box, before, shade, Space.ENCODED)
    got = read_patch(frame, Box(16, 16, 44, 34), Space.ENCODED)
    tolerance = 0.02 if format.bits == 8 else 0.006
    np.testing.assert_allclose(got, np.broadcast_to(shade[0, 0], got.shape), atol=tolerance)


def test_reference_white_of_hdr_is_one() -> None:
    # BT.2408: 203 nits is 58 % of the PQ signal and 75 % of HLG's.
    for colour, signal in ((PQ, 0.5807), (HLG, 0.75)):
        light = to_working(np.full((1, 1, 3), signal, np.float32), colour, Space.LINEAR)
        np.testing.assert_allclose(light, 1.0, atol=0.01)


def test_pq_peak_is_ten_thousand_nits() -> None:
    light = to_working(np.ones((1, 1, 3), np.float32), PQ, Space.LINEAR)
    np.testing.assert_allclose(light * 203, 10000, rtol=1e-3)


@pytest.mark.parametrize("colour", [P3, SDR_2020, PQ, HLG, Colour("bt709", "bt470m", "linear")])
def test_white_and_grey_keep_neutral_whatever_the_primaries(colour: Colour) -> None:
    greys = np.repeat(np.linspace(0.1, 0.9, 9, dtype=np.float32)[:, None, None], 3, axis=2)
    light = to_working(greys, colour, Space.LINEAR)
    np.testing.assert_allclose(
        light, np.broadcast_to(light.mean(axis=-1, keepdims=True), light.shape), rtol=2e-3
    )


def test_bt2020_green_is_outside_bt709_and_not_clipped() -> None:
    light = to_working(np.array([[[0, 1, 0]]], np.float32), SDR_2020, Space.LINEAR)
    # BT.2087's inverse: the column of green.
    np.testing.assert_allclose(light[0, 0], (-0.5876, 1.1329, -0.1006), atol=2e-3)


@pytest.mark.parametrize("colour", [P3, SDR_2020, PQ, HLG], ids=lambda c: c.transfer)
@pytest.mark.parametrize("space", Space)
def test_working_spaces_lead_back_to_the_signal(colour: Colour, space: Space) -> None:
    signal = np.random.default_rng(1).uniform(0.02, 0.98, (20, 20, 3)).astype(np.float32)
    back = from_working(to_working(signal, colour, space), colour, space)
    np.testing.assert_allclose(back, signal, atol=2e-3)


def test_curve_is_srgb_and_goes_on_beyond_its_ends() -> None:
    np.testing.assert_allclose(
        to_linear(np.array([[[0.5, 0.02, 1.0]]], np.float32))[0, 0], (0.21404, 0.001548, 1.0), atol=1e-5
    )
    wide = np.linspace(-0.5, 4, 300, dtype=np.float32).reshape(10, 10, 3)
    np.testing.assert_allclose(to_encoded(to_linear(wide)), wide, atol=1e-5)


def test_lab_of_known_colours() -> None:
    # sRGB primaries under D65 as published with the CIE formulas.
    linear = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]], np.float32)
    wanted = [
        [53.24, 80.09, 67.20],
        [87.73, -86.18, 83.18],
        [32.30, 79.19, -107.86],
        [100.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
    ]
    np.testing.assert_allclose(to_lab(linear)[0], wanted, atol=0.05)


def test_lab_leads_back_even_outside_the_gamut() -> None:
    linear = np.random.default_rng(2).uniform(-0.2, 3, (16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(from_lab(to_lab(linear)), linear, atol=1e-4)


def test_hex_colours() -> None:
    np.testing.assert_allclose(parse_hex("#ff8000"), (1, 128 / 255, 0))
    np.testing.assert_allclose(parse_hex("B13"), (0xBB / 255, 0x11 / 255, 0x33 / 255))
    for wrong in ("", "#12345", "#gg0000", "red"):
        with pytest.raises(ParameterError, match="#rrggbb"):
            parse_hex(wrong)


@pytest.mark.parametrize(
    "colour",
    [Colour("ictcp", "bt2020", "smpte2084"), Colour("bt709", "smpte428", "bt709"), Colour(transfer="log100")],
)
def test_colours_that_cannot_be_converted_are_refused(colour: Colour) -> None:
    with pytest.raises(InputError, match="not supported"):
        read_patch(flat_frame(YUV420, (16, 128, 128), colour), Box(0, 0, 8, 8), Space.ENCODED)
