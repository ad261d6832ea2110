"""The shade library: names of lipstick colours and what they look like in neutral light."""

from __future__ import annotations

import difflib
from functools import lru_cache

from lipfx.effects import Float32, ParameterError, parse_hex, to_lab, to_linear

FAMILIES: dict[str, dict[str, str]] = {
    "nude": {"bare": "#c4897d", "honey": "#b47566", "caramel": "#9d5d4f", "toffee": "#834a3f"},
    "pink": {"petal": "#dd9598", "blush": "#d27a80", "rose": "#bd5a69", "peony": "#cf4b6f"},
    "coral": {"peach": "#de8c77", "coral": "#dc6453", "papaya": "#d14f45", "tangerine": "#d6522e"},
    "red": {"scarlet": "#b91f22", "cherry": "#a8122d", "ruby": "#9b1127", "brick": "#93362c"},
    "berry": {"raspberry": "#a41b47", "cranberry": "#8c1b38", "mulberry": "#7c1d42", "wine": "#65182b"},
    "plum": {"mauve": "#9c5d6e", "plum": "#6e2446", "fig": "#59243a", "aubergine": "#431f33"},
    "brown": {"cinnamon": "#934d3f", "chestnut": "#75352c", "cocoa": "#69372f", "espresso": "#4b2520"},
    "bold": {"fuchsia": "#bf1f6e", "orchid": "#a84c92", "violet": "#743084", "flame": "#d4442a"},
}

SHADES: dict[str, str] = {name: code for family in FAMILIES.values() for name, code in family.items()}

A_SHADE = "a colour as #rrggbb or a name; " + "; ".join(
    f"{family}: {', '.join(names)}" for family, names in FAMILIES.items()
)
"""What a parameter that is a shade may be, for its help."""

NAMES = list(SHADES)
"""Its examples."""


@lru_cache(maxsize=64)
def shade_lab(shade: str) -> Float32:
    """(3,) Lab of a shade's name or #rrggbb.

    Raises:
        ValueError: there is no such shade.
    """
    code = SHADES.get(shade.lower(), shade)
    try:
        return to_lab(to_linear(parse_hex(code)))
    except ParameterError:
        near = difflib.get_close_matches(shade.lower(), SHADES, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"shades: {', '.join(SHADES)}"
        raise ValueError(
            f"shade={shade} is neither a colour like #9b1127 nor a known shade; {hint}"
        ) from None
