"""Owns the files of a new plugin project; must not know which effects exist."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from lipfx.errors import OutputError, UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "lipfx-$name"
version = "0.1.0"
description = "An effect for lipfx"
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["lipfx", "numpy"]

[project.entry-points."lipfx.effects"]
$name = "lipfx_$module:$class_name"
""",
    "lipfx_$module.py": '''\
"""The effect `$name`."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from lipfx.effects import Effect, Meta, Patch, Region, Space
from numpy.typing import NDArray


class $class_name(Effect, frozen=True, kw_only=True):
    """Brightens the lips, most of all in the middle."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how much brighter")] = 0.5

    def render(self, patch: Patch) -> NDArray[np.float32]:
        """patch.rgb is (h, w, 3) float32; the result is blended over it where the lips are."""
        middle = np.exp(-(((patch.along - 0.5) / 0.25) ** 2))
        return patch.rgb * (1 + self.amount * middle[..., None])
''',
    "tests/test_$module.py": """\
import pytest
from lipfx.testing import CONTRACT, Rule
from lipfx_$module import $class_name


@pytest.mark.parametrize("rule", CONTRACT, ids=str)
def test_contract(rule: Rule) -> None:
    rule.check($class_name())
""",
    "README.md": """\
# lipfx-$name

An effect for lipfx, in `lipfx_$module.py`.

    pip install --editable .
    lipfx effects check $name
    lipfx apply $name:amount=0.8 in.mp4 out.mp4
""",
}


def write_project(name: str, parent: Path) -> Path:
    """Writes a working plugin project `lipfx-NAME` into the folder `parent`; its folder.

    Raises:
        UsageError: the name is not made of small letters, digits and single hyphens.
        OutputError: the folder exists or cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name an effect; use small letters, digits and hyphens, as in soft-glow"
        )
    words = {
        "name": name,
        "module": name.replace("-", "_"),
        "class_name": "".join(part.capitalize() for part in name.split("-")),
    }
    folder = parent / f"lipfx-{name}"
    if folder.exists():
        raise OutputError(f"{folder} exists already; choose another name or remove it")
    try:
        for path, text in _FILES.items():
            file = folder / Template(path).substitute(words)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(Template(text).substitute(words), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}; choose another folder") from error
    return folder
