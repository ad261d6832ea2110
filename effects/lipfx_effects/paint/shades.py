"""Owns the shade library: names of lipstick colours, how they look in neutral light and how they shine."""

from __future__ import annotations

import difflib
from functools import lru_cache

from lipfx.effects import (
    FinishName,
    Float32,
    ParameterError,
    Shade,
    find_shade,
    parse_hex,
    shade_names,
    to_lab,
    to_linear,
)
from lipfx_effects.paint.finishes import Choice

FAMILIES: dict[str, dict[str, str]] = {
    "nude": {
        "bare": "#c4897d",
        "honey": "#b47566",
        "caramel": "#9d5d4f",
        "toffee": "#834a3f",
        "almond": "#d2a08c",
        "latte": "#b98672",
        "praline": "#8f5a42",
        "mocha": "#704035",
        "truffle": "#5c3430",
        "walnut": "#7b4a33",
    },
    "pink": {
        "petal": "#dd9598",
        "blush": "#d27a80",
        "rose": "#bd5a69",
        "peony": "#cf4b6f",
        "ballet": "#e6b3b4",
        "carnation": "#e07f96",
        "dusty": "#b0767c",
        "flamingo": "#e0617f",
    },
    "coral": {
        "peach": "#de8c77",
        "coral": "#dc6453",
        "papaya": "#d14f45",
        "tangerine": "#d6522e",
        "apricot": "#e8a284",
        "salmon": "#e2796a",
        "guava": "#c4524f",
        "clay": "#b55a45",
    },
    "red": {
        "scarlet": "#b91f22",
        "cherry": "#a8122d",
        "ruby": "#9b1127",
        "brick": "#93362c",
        "poppy": "#d0241c",
        "crimson": "#b80f3a",
        "garnet": "#7a1120",
        "rust": "#a8421f",
    },
    "berry": {
        "raspberry": "#a41b47",
        "cranberry": "#8c1b38",
        "mulberry": "#7c1d42",
        "wine": "#65182b",
        "boysenberry": "#9a3a63",
        "beet": "#8f1f55",
        "sangria": "#78202a",
        "blackberry": "#4d1530",
    },
    "plum": {
        "mauve": "#9c5d6e",
        "plum": "#6e2446",
        "fig": "#59243a",
        "aubergine": "#431f33",
        "heather": "#a97a8c",
        "thistle": "#8a5078",
        "grape": "#6b2f5c",
        "damson": "#4f1f45",
    },
    "brown": {
        "cinnamon": "#934d3f",
        "chestnut": "#75352c",
        "cocoa": "#69372f",
        "espresso": "#4b2520",
        "terracotta": "#a85f49",
        "mahogany": "#5a2320",
        "nutmeg": "#85543c",
        "ganache": "#351a18",
    },
    "bold": {
        "fuchsia": "#bf1f6e",
        "orchid": "#a84c92",
        "violet": "#743084",
        "flame": "#d4442a",
        "magenta": "#d01f8f",
        "neon": "#f03a6b",
        "ink": "#2a1830",
        "tango": "#e4581f",
    },
}

SHADES: dict[str, str] = {name: code for family in FAMILIES.values() for name, code in family.items()}

A_SHADE = "a colour as #rrggbb, FILE.json:NAME of a palette, or a name; " + "; ".join(
    f"{family}: {', '.join(names)}" for family, names in FAMILIES.items()
)
"""What a parameter that is a shade may be, for its help."""

NAMES = list(SHADES)
"""Its examples."""

BY_FAMILY = {"shades": FAMILIES}
"""What `lipfx effects list --shades` shows of it."""


@lru_cache(maxsize=64)
def shade_lab(shade: str) -> Float32:
    """(3,) Lab of a shade: a name here, #rrggbb, or what `lipfx.effects.find_shade` finds.

    Raises:
        ValueError: there is no such shade.
    """
    told = _in_palette(shade)
    code = told.colour if told is not None else SHADES.get(shade.lower(), shade)
    try:
        return to_lab(to_linear(parse_hex(code)))
    except ParameterError:
        near = difflib.get_close_matches(shade.lower(), [*SHADES, *shade_names(SHADES)], n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"shades: {', '.join(SHADES)}"
        raise ValueError(
            f"shade={shade} is neither a colour like #9b1127 nor a known shade; {hint}"
        ) from None


def finish_of(choice: Choice, shade: str) -> FinishName:
    """The finish that is meant: the chosen one, or what the shade's palette says, or satin."""
    if choice != "auto":
        return choice
    told = _in_palette(shade)
    return told.finish if told is not None and told.finish is not None else "satin"


@lru_cache(maxsize=64)
def _in_palette(shade: str) -> Shade | None:
    """What a palette says of a shade, None of one that is known without; otherwise as `shade_lab`."""
    return None if shade.startswith("#") or shade.lower() in SHADES else find_shade(shade)
