"""Owns making text of strangers fit to be shown; must not know where it is shown."""

from __future__ import annotations

import re

# Control characters, which terminals obey, and marks that turn the direction in which text is shown.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """`text` in one line, with escapes in place of what a terminal would obey."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), " ".join(text.split()))
