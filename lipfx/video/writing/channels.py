"""Owns how channels of sound get into a layout that an encoder takes, none lost; must not know containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lipfx.video.ffmpeg.tools import encoder_layouts

# ffmpeg's names and channels of the layouts that have some.
LAYOUTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(channels.split())
    for name, channels in {
        "mono": "FC",
        "stereo": "FL FR",
        "2.1": "FL FR LFE",
        "3.0": "FL FR FC",
        "3.0(back)": "FL FR BC",
        "4.0": "FL FR FC BC",
        "quad": "FL FR BL BR",
        "quad(side)": "FL FR SL SR",
        "3.1": "FL FR FC LFE",
        "5.0": "FL FR FC BL BR",
        "5.0(side)": "FL FR FC SL SR",
        "4.1": "FL FR FC LFE BC",
        "5.1": "FL FR FC LFE BL BR",
        "5.1(side)": "FL FR FC LFE SL SR",
        "6.0": "FL FR FC BC SL SR",
        "6.0(front)": "FL FR FLC FRC SL SR",
        "hexagonal": "FL FR FC BL BR BC",
        "6.1": "FL FR FC LFE BC SL SR",
        "6.1(back)": "FL FR FC LFE BL BR BC",
        "6.1(front)": "FL FR LFE FLC FRC SL SR",
        "7.0": "FL FR FC BL BR SL SR",
        "7.0(front)": "FL FR FC FLC FRC SL SR",
        "7.1": "FL FR FC LFE BL BR SL SR",
        "7.1(wide)": "FL FR FC LFE BL BR FLC FRC",
        "7.1(wide-side)": "FL FR FC LFE FLC FRC SL SR",
        "octagonal": "FL FR FC BL BR BC SL SR",
    }.items()
}
# What encoders take that do not list it; AAC's others hold what few decoders play.
TAKEN: Mapping[str, tuple[str, ...]] = {
    "libopus": ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"),
    "aac": (
        *("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "2.1", "quad", "3.1", "4.1", "6.0", "hexagonal"),
        *("6.1", "6.1(back)", "7.0", "7.1", "7.1(wide)", "octagonal"),
    ),
}
# Channels that stand in for others, which only ever are behind or beside the listener.
BESIDE = {"SL": "BL", "SR": "BR"}
BEHIND = {back: side for side, back in BESIDE.items()}
DISCRETE = 255
"""Opus' mapping family of channels that have no place; it takes as many."""


@dataclass(frozen=True, slots=True)
class Fit:
    """filter: of ffmpeg, None where nothing is to be done. options: of the encoder, by name. words: what is
    different afterwards, empty where nothing is. possible: whether the encoder can hold them at all.
    """

    filter: str | None = None
    options: Mapping[str, str] | None = None
    words: str = ""
    possible: bool = True


def fit(layout: str | None, channels: int, encoder: str) -> Fit:
    """How `channels` channels in ffmpeg's `layout` (None where it is not known) get into `encoder`."""
    taken = encoder_layouts(encoder) or TAKEN.get(encoder, ())
    if not taken:
        return Fit()  # it takes all
    have = LAYOUTS.get(layout or "")
    if have is None or len(have) != channels:
        return _unnamed(channels, encoder, taken)
    if layout in taken:
        return Fit()
    for name in sorted(taken, key=lambda name: len(LAYOUTS.get(name, ()))):
        pairs = _pairs(have, LAYOUTS.get(name, ()))
        if pairs is not None:
            silent = len(LAYOUTS[name]) - channels
            words = f"{layout} is put into {name}, whose other channels are silent" if silent else ""
            return Fit(f"pan={name}|" + "|".join(f"{new}={old}" for new, old in pairs), words=words)
    return _discrete(layout or "", encoder)


def _pairs(have: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, str]] | None:
    """(new, old) channels that hold all of `have` in `wanted`; None where some would have no place."""
    pairs = []
    for channel in have:
        places = (channel, BESIDE.get(channel), BEHIND.get(channel))
        free = [p for p in places if p in wanted and (p == channel or p not in have)]
        if not free:
            return None
        pairs.append((str(free[0]), channel))
    return pairs


def _unnamed(channels: int, encoder: str, taken: Sequence[str]) -> Fit:
    """Channels without names, in their order, in a layout of as many."""
    if channels <= 2:
        return Fit()
    name = next((name for name in taken if len(LAYOUTS.get(name, ())) == channels), None)
    if name is None:
        return _discrete(f"{channels} channels", encoder)
    words = f"its {channels} channels, which have no names, become {name}"
    return Fit(f"pan={name}|" + "|".join(f"c{number}=c{number}" for number in range(channels)), words=words)


def _discrete(layout: str, encoder: str) -> Fit:
    if encoder == "libopus":
        return Fit(
            options={"mapping_family": str(DISCRETE)}, words=f"{layout} loses the names of its channels"
        )
    return Fit(possible=False)
