"""Owns docs/licences.md: under which licences what is installed with lipfx comes; must not know the code.

`python scripts/licences.py` writes the page anew, `--check` says whether what is installed stands on it.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
# What other systems and Pythons get, and is not here to be asked.
ELSEWHERE = {
    "colorama": "BSD-3-Clause",
    "coloredlogs": "MIT",
    "dlib": "BSL-1.0",
    "humanfriendly": "MIT",
    "pyreadline3": "BSD-3-Clause",
    "tomli": "MIT",
}
HEAD = """# Licences

What is in the package itself: code MIT ([LICENSE](../LICENSE)); `yunet.onnx` MIT
([its licence](../lipfx/detection/weights/LICENSE.yunet)); the cascade's weights without terms of lipfx's own,
read their [model card](../lipfx/weights/README.md) for what they were trained on.

`pip install .` brings these packages, each under the licence that it declares. ffmpeg is not among them:
it is the system's, mostly GPL as it is built there, and runs as a program of its own.
`python scripts/licences.py` writes this list, from what is installed.

| package | licence |
| --- | --- |
"""


def needed(name: str, found: set[str]) -> set[str]:
    """Names of the packages that `name` needs here, itself left out; `found` is filled."""
    for text in metadata.requires(name) or []:
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        other = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if other not in found:
            found.add(other)
            needed(other, found)
    return found


def licence(name: str) -> str:
    """What a package declares, as briefly as it does."""
    about = metadata.metadata(name)
    if "License-Expression" in about:
        return str(about["License-Expression"])
    classes = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    classes = [c for c in classes if c != "OSI Approved"]
    text = str(about["License"]).strip() if "License" in about else ""
    return ", ".join(classes) or (text if 0 < len(text) < 60 and "\n" not in text else "see its files")


def rows() -> dict[str, str]:
    """Licences by package, of those that are installed with lipfx here."""
    return {name: licence(name) for name in sorted(needed("lipfx", set()))}


def main() -> int:
    """Returns 1 where `--check` finds a package that is not on the page, or under another licence."""
    here = rows()
    if "--check" in sys.argv[1:]:
        page = PAGE.read_text()
        missing = [n for n, said in here.items() if f"| {n} | {ELSEWHERE.get(n, said)} |\n" not in page]
        if missing:
            sys.stderr.write(f"{PAGE} does not say {', '.join(missing)}; run python scripts/licences.py\n")
        return int(bool(missing))
    PAGE.write_text(
        HEAD + "".join(f"| {n} | {said} |\n" for n, said in sorted({**here, **ELSEWHERE}.items()))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
