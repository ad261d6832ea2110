"""Owns what a clip's R'G'B' means in light: transfer curves and primaries; must not know samples or planes.

SDR is display-referred, as players show it: whatever camera curve the tag names (bt709, smpte170m,
bt2020-10 ...), its R'G'B' is taken as encoded RGB, so '#rrggbb' on a BT.709 clip is simply that R'G'B'.
PQ gives absolute light and HLG goes through its OOTF for a 1000 nit display; in both 203 nits
(BT.2408's reference white) is 1. Other primaries than BT.709 are converted in light, unclipped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lipfx.core.colour import RGB_TO_XYZ, convert, matrix_multiply, power, to_encoded, to_linear
from lipfx.core.values import Colour, Float32, Float64, Space
from lipfx.errors import InputError

REFERENCE_WHITE_NITS = 203.0
PQ, HLG, LINEAR_LIGHT = "smpte2084", "arib-std-b67", "linear"
SDR = frozenset(
    [
        *("bt709", "smpte170m", "smpte240m", "bt470m", "bt470bg", "gamma22", "gamma28"),
        *("iec61966-2-1", "iec61966-2-4", "bt1361e", "bt2020-10", "bt2020-12"),
    ]
)
HLG_PEAK_NITS, HLG_GAMMA = 1000.0, 1.2
_HLG_LUMA = np.array([0.2627, 0.6780, 0.0593])

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
_SMPTE_C = (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, _D65)
# Chromaticities x, y of red, green and blue, then the white point.
PRIMARIES = {
    "bt709": (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, _D65),
    "bt470m": (0.670, 0.330, 0.210, 0.710, 0.140, 0.080, _C),
    "bt470bg": (0.640, 0.330, 0.290, 0.600, 0.150, 0.060, _D65),
    "smpte170m": _SMPTE_C,
    "smpte240m": _SMPTE_C,
    "film": (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, _C),
    "bt2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, _D65),
    "smpte431": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, _DCI),
    "smpte432": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, _D65),
    "jedec-p22": (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, _D65),
    "ebu3213": (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, _D65),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 32
_PQ_C1, _PQ_C2, _PQ_C3 = (np.float32(c) for c in (3424 / 4096, 2413 / 128, 2392 / 128))
_HLG_A, _HLG_B, _HLG_C = (np.float32(c) for c in (0.17883277, 0.28466892, 0.55991073))


def check_transfer(colour: Colour) -> None:
    """Refuses tags whose colours lipfx cannot bring into its working spaces.

    Raises:
        InputError: the transfer or the primaries are of another kind.
    """
    known = SDR | {PQ, HLG, LINEAR_LIGHT}
    for what, got, wanted in (
        ("transfer", colour.transfer, known),
        ("primaries", colour.primaries, PRIMARIES),
    ):
        if got not in wanted:
            raise InputError(
                f"colour {what} {got!r} is not supported, wanted one of {', '.join(sorted(wanted))}; "
                "convert the clip first or correct its tag"
            )


def is_encoded(colour: Colour) -> bool:
    """Whether the clip's R'G'B' already is encoded RGB: SDR with BT.709 primaries."""
    return colour.transfer in SDR and colour.primaries == "bt709"


def to_working(signal: Float32, colour: Colour, space: Space) -> Float32:
    """A clip's R'G'B' (0..1 nominal) in a working space; all (..., 3) float32."""
    if is_encoded(colour):
        return convert(signal, Space.ENCODED, space)
    light = matrix_multiply(_to_light(signal, colour.transfer), _primaries_to_bt709(colour.primaries))
    return convert(light, Space.LINEAR, space)


def from_working(rgb: Float32, colour: Colour, space: Space) -> Float32:
    """The inverse of `to_working`; light that PQ or HLG cannot carry (below zero) becomes black."""
    if is_encoded(colour):
        return convert(rgb, space, Space.ENCODED)
    matrix = np.asarray(np.linalg.inv(_primaries_to_bt709(colour.primaries)), np.float64)
    light = matrix_multiply(convert(rgb, space, Space.LINEAR), matrix)
    return _from_light(light, colour.transfer)


def _to_light(signal: Float32, transfer: str) -> Float32:
    if transfer == PQ:
        return _pq_to_light(signal)
    if transfer == HLG:
        return _hlg_to_light(signal)
    return signal if transfer == LINEAR_LIGHT else to_linear(signal)


def _from_light(light: Float32, transfer: str) -> Float32:
    if transfer == PQ:
        return _light_to_pq(light)
    if transfer == HLG:
        return _light_to_hlg(light)
    return light if transfer == LINEAR_LIGHT else to_encoded(light)


def _pq_to_light(signal: Float32) -> Float32:
    """SMPTE ST 2084 EOTF."""
    root = power(np.clip(signal, 0, 1), 1 / _PQ_M2)
    ratio = np.maximum(root - _PQ_C1, 0) / (_PQ_C2 - _PQ_C3 * root)
    return power(ratio, 1 / _PQ_M1) * np.float32(10000 / REFERENCE_WHITE_NITS)


def _light_to_pq(light: Float32) -> Float32:
    """SMPTE ST 2084 inverse EOTF."""
    root = power(np.maximum(light, 0) * np.float32(REFERENCE_WHITE_NITS / 10000), _PQ_M1)
    return power((_PQ_C1 + _PQ_C2 * root) / (1 + _PQ_C3 * root), _PQ_M2)


def _hlg_to_light(signal: Float32) -> Float32:
    """BT.2100 HLG: inverse OETF, then the OOTF."""
    held = np.maximum(signal, 0)
    scene = np.where(held <= 0.5, held * held / 3, (np.exp((held - _HLG_C) / _HLG_A) + _HLG_B) / 12)
    luma = np.maximum(scene @ _HLG_LUMA.astype(np.float32), 0)
    gain = power(luma, HLG_GAMMA - 1) * np.float32(HLG_PEAK_NITS / REFERENCE_WHITE_NITS)
    return np.asarray(scene * gain[..., None], np.float32)


def _light_to_hlg(light: Float32) -> Float32:
    """BT.2100 HLG: inverse OOTF, then the OETF."""
    display = light * np.float32(REFERENCE_WHITE_NITS / HLG_PEAK_NITS)
    luma = np.maximum(display @ _HLG_LUMA.astype(np.float32), np.float32(1e-9))
    scene = np.maximum(display * power(luma, 1 / HLG_GAMMA - 1)[..., None], 0)
    curved = _HLG_A * np.log(np.maximum(12 * scene - _HLG_B, np.float32(1e-9))) + _HLG_C
    return np.asarray(np.where(scene <= 1 / 12, np.sqrt(3 * scene), curved), np.float32)


@lru_cache(maxsize=16)
def _primaries_to_bt709(name: str) -> Float64:
    """(3, 3) matrix of light from the named primaries to BT.709's, white staying white (Bradford)."""
    *corners, white = PRIMARIES[name]
    xyz = _xyz(np.reshape(np.array(corners, np.float64), (3, 2)))
    target = _BRADFORD @ RGB_TO_XYZ.sum(axis=1)
    source = _xyz(np.array([white]))[:, 0]
    scaled = xyz * np.linalg.solve(xyz, source)
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(target / (_BRADFORD @ source)) @ _BRADFORD
    return np.asarray(np.linalg.inv(RGB_TO_XYZ) @ adapt @ scaled, np.float64)


def _xyz(chromaticities: Float64) -> Float64:
    """(n, 2) x, y to (3, n) XYZ at luminance 1."""
    x, y = chromaticities.T
    return np.stack([x / y, np.ones_like(x), (1 - x - y) / y])
