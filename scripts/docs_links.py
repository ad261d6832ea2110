"""Fits pages that are read in the repository too to the site: pages from its root, links that leave docs/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FROM_ROOT = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """MkDocs's hook: a page's text before it is rendered."""
    if name := FROM_ROOT.get(page.file.src_uri):
        markdown = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
    return _OUTSIDE.sub(r"\1", markdown)
