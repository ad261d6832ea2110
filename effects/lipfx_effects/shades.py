"""The shade library: names of lipstick colours and what they look like in neutral light."""

from __future__ import annotations

FAMILIES: dict[str, dict[str, str]] = {
    "nude": {"bare": "#c48d7c", "honey": "#b67a62", "caramel": "#a0664c", "toffee": "#87513f"},
    "pink": {"petal": "#dd98a3", "blush": "#d17d89", "rose": "#bd5f74", "peony": "#cf4f7c"},
    "coral": {"peach": "#e0917a", "coral": "#dc6753", "papaya": "#d35345", "tangerine": "#d9582f"},
    "red": {"scarlet": "#c2181f", "cherry": "#a8122d", "ruby": "#9b1127", "brick": "#96392c"},
    "berry": {"raspberry": "#a11d4e", "cranberry": "#8c1d3a", "mulberry": "#7f2049", "wine": "#671a2e"},
    "plum": {"mauve": "#9f6279", "plum": "#6b2a4f", "fig": "#582840", "aubergine": "#442038"},
    "brown": {"cinnamon": "#96543d", "chestnut": "#78392a", "cocoa": "#693e32", "espresso": "#472a24"},
    "bold": {"fuchsia": "#c01f76", "orchid": "#a94d9a", "violet": "#743089", "flame": "#df3a1d"},
}

SHADES: dict[str, str] = {name: code for family in FAMILIES.values() for name, code in family.items()}
