"""Owns how bytes, texts and numbers are damaged by chance; must not know what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Rng: TypeAlias = np.random.Generator
Mutator: TypeAlias = Callable[[bytes, Rng], bytes]

HEADER = 1500
NUMBERS = (0, -1, 1, 7, 255, 65536, 2**31, -(2**31), 2**63, 2**70, 1e18, 1e308, -1e308, 1e-320)
VALUES: tuple[Any, ...] = (
    *NUMBERS,
    float("nan"),
    float("inf"),
    None,
    True,
    "",
    "x",
    "\x1b]0;title\x07",
    "a" * 5000,
    "../../x",
    [],
    {},
    [[[[]]]],
    [1] * 1000,
)
WORDS = (
    *("", " ", "-", "--", "=", "+", ":", ",", "@", "%d", "%s%n", "{}", "[", "]", '"', "'", "\\", "\n", "#"),
    *("-1", "0", "1", "2", "0.5", "1e400", "nan", "inf", "-inf", "9" * 30, "0x10", "1/0", "30000/1001"),
    *("0:0:0:0", "1:2", "0,0", "1e9,1e9", "nan,nan", "1,2@3", "largest", "all", "auto", "none", "true"),
    *("a=b", "x@y=z", "shade=ruby", "lipstick", "lipstick+", "blur+blur", "lipstick:shade=", "nosuch"),
    *("lipstick:opacity=nan", "lipstick:opacity=1e400", "lipstick:shade=#12", "mask:of=", "$(id)", "`id`"),
    *("a" * 3000, "é", "口紅", "\x1b[31m", "\u202e", "\udcff", "\ud800", "/dev/null", "/dev/zero", "/"),
    *(".", "..", "/etc/passwd", "http://127.0.0.1:9/x", "concat:a|b", "file:x", "pipe:0", "s3://a/b"),
    *("libx264", "ffv1", "copy", "rawvideo", "yuv420p", "gray", "-x 1", "-f null", "-vf scale=1:1"),
)


def truncated(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(0, len(data)))]


def flipped(data: bytes, rng: Rng) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(0, len(data), int(rng.integers(1, 40)))
    changed[places] ^= (1 << rng.integers(0, 8, places.size)).astype(np.uint8)
    return changed.tobytes()


def header_damaged(data: bytes, rng: Rng) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(0, min(HEADER, len(data)), int(rng.integers(1, 8)))
    changed[places] = rng.integers(0, 256, places.size)
    return changed.tobytes()


def size_changed(data: bytes, rng: Rng) -> bytes:
    """Four bytes somewhere, as sizes and counts are stored, become another number."""
    at = int(rng.integers(0, max(1, len(data) - 4)))
    number = int(rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, len(data)]))
    return data[:at] + number.to_bytes(4, "big" if rng.random() < 0.5 else "little") + data[at + 4 :]


def zeroed(data: bytes, rng: Rng) -> bytes:
    first, last = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
    last = min(last, first + len(data) // 4)
    return data[:first] + bytes(last - first) + data[last:]


def moved(data: bytes, rng: Rng) -> bytes:
    cuts = np.sort(rng.integers(0, len(data) + 1, 4))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return b"".join(pieces[index] for index in rng.permutation(len(pieces)))


def repeated(data: bytes, rng: Rng) -> bytes:
    first, last = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
    return data[:last] + data[first:last] + data[last:]


def noise(data: bytes, rng: Rng) -> bytes:
    return (b"", bytes(3000), rng.bytes(int(rng.integers(1, 5000))), data[::-1])[int(rng.integers(4))]


BYTES: tuple[Mutator, ...] = (
    *(truncated, flipped, flipped, header_damaged, header_damaged),
    *(size_changed, zeroed, moved, repeated, noise),
)
_TOKEN = re.compile(rb'"[^"\n]*"|[\w.+-]+|[\[\]{}=,:]')


def token_changed(data: bytes, rng: Rng) -> bytes:
    """Up to three words, numbers or brackets of a text become others, or go."""
    for _ in range(int(rng.integers(1, 4))):
        places = list(_TOKEN.finditer(data))
        if not places:
            break
        place = places[int(rng.integers(len(places)))]
        data = data[: place.start()] + _token(rng) + data[place.end() :]
    return data


def _token(rng: Rng) -> bytes:
    kind = rng.random()
    if kind < 0.15:
        return b""
    if kind < 0.25:
        depth = int(rng.choice([3, 200, 5000]))
        return bytes(rng.choice(np.frombuffer(b"[{(", "S1"))) * depth
    if kind < 0.65:
        return json.dumps(VALUES[int(rng.integers(len(VALUES)))]).encode()
    return WORDS[int(rng.integers(len(WORDS)))].encode("utf-8", "surrogatepass")


def line_moved(data: bytes, rng: Rng) -> bytes:
    lines = data.splitlines(keepends=True)
    at, to = (int(place) for place in rng.integers(0, len(lines), 2))
    how = rng.random()
    if how < 0.4:
        del lines[at]
    elif how < 0.7:
        lines[at], lines[to] = lines[to], lines[at]
    else:
        lines.insert(to, lines[at])
    return b"".join(lines)


def value_changed(data: bytes, rng: Rng) -> bytes:
    """In one line of JSON a value somewhere inside becomes another, or goes."""
    lines = data.splitlines()
    at = int(rng.integers(len(lines)))
    tree = json.loads(lines[at])
    _change(tree, rng)
    lines[at] = json.dumps(tree).encode()
    return b"\n".join(lines) + b"\n"


def _change(tree: Any, rng: Rng) -> None:
    places = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    if not places:
        return
    place = places[int(rng.integers(len(places)))]
    if isinstance(tree[place], (dict, list)) and tree[place] and rng.random() < 0.7:
        _change(tree[place], rng)
    elif rng.random() < 0.15:
        del tree[place]
    else:
        tree[place] = VALUES[int(rng.integers(len(VALUES)))]


def other_encoding(data: bytes, rng: Rng) -> bytes:
    text = data.decode()
    return (b"\xef\xbb\xbf" + data, text.encode("utf-16"), data + b"\xe9\n", b"\0" + data)[
        int(rng.integers(4))
    ]


TEXTS: tuple[Mutator, ...] = (
    *(token_changed, token_changed, token_changed, line_moved),
    *(truncated, flipped, other_encoding, repeated),
)
JSON_LINES: tuple[Mutator, ...] = (*TEXTS, value_changed, value_changed, value_changed, value_changed)


def mutated(data: bytes, rng: Rng, mutators: tuple[Mutator, ...]) -> tuple[bytes, str]:
    """Damaged bytes, and the name of what was done."""
    mutate = mutators[int(rng.integers(len(mutators)))]
    return mutate(data, rng), mutate.__name__
