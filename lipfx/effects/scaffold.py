"""Owns the files of a new plugin project; must not know which effects exist."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Literal, TypeAlias

from lipfx.core.rooms import growing
from lipfx.errors import OutputError, UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

Kind: TypeAlias = Literal["colour", "warp", "render", "frame"]

_HEAD = '''\
"""The effect `$name`."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from lipfx.effects import $imports
from numpy.typing import NDArray


'''

_EFFECTS: Mapping[Kind, tuple[str, str]] = {
    "colour": (
        "Effect, Meta, Patch, Region, Space",
        '''\
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
    ),
    "warp": (
        "Meta, Patch, Warp",
        '''\
class $class_name(Warp, frozen=True, kw_only=True):
    """Draws the lips towards the middle of the mouth."""

    margin: ClassVar[float] = 0.4

    amount: Annotated[float, Meta(ge=0, le=1, description="how far")] = 0.5

    def sources(self, patch: Patch) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where each pixel comes from, x and y in patch pixels; masks and landmarks move along."""
        rows, columns = np.mgrid[: patch.rgb.shape[0], : patch.rgb.shape[1]].astype(np.float32)
        x, y = columns - patch.landmarks[:, 0].mean(), rows - patch.landmarks[:, 1].mean()
        near = np.exp(-(x**2 + y**2) / (0.3 * patch.mouth_width) ** 2)
        share = np.float32(0.25 * self.amount) * near
        return (columns + share * x).astype(np.float32), (rows + share * y).astype(np.float32)
''',
    ),
    "render": (
        "Meta, Patch, Region, Renderer",
        '''\
class $class_name(Renderer, frozen=True, kw_only=True):
    """Draws the edges of the lips as a picture of its own; it comes last in a chain."""

    region: ClassVar[Region] = Region.MOUTH
    channels: ClassVar[int] = 1

    strength: Annotated[float, Meta(ge=0, le=1, description="how bright the lines are")] = 1.0

    def render(self, patch: Patch) -> NDArray[np.float32]:
        """(h, w, 1) grey here, by `channels`; 3 would be RGB, 4 RGB with alpha."""
        edges = 4 * np.maximum(patch.upper * (1 - patch.upper), patch.lower * (1 - patch.lower))
        return (self.strength * edges[..., None]).astype(np.float32)
''',
    ),
    "frame": (
        "FrameEffect, Meta, Picture, Region, Space",
        '''\
class $class_name(FrameEffect, frozen=True, kw_only=True):
    """Takes colour out of all but lips."""

    region: ClassVar[Region] = Region.FRAME
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how much of the colour goes")] = 1.0

    def render_frame(self, picture: Picture) -> NDArray[np.float32]:
        """picture.rgb is (h, w, 3) float32, the whole frame; picture.mouths has a patch for each mouth."""
        grey = picture.rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        share = self.amount * (1 - picture.lips)
        return picture.rgb + share[..., None] * (grey[..., None] - picture.rgb)
''',
    ),
}

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
    lipfx apply $name in.mp4 out.mp4
""",
}


def _class_name(name: str, imported: Sequence[str]) -> str:
    """The name in capitals; with `Effect` behind it where that is a word of Python's or of the file's."""
    plain = "".join(part.capitalize() for part in name.split("-"))
    taken = keyword.iskeyword(plain) or plain in (*imported, "Annotated", "ClassVar")
    return f"{plain}Effect" if taken else plain


def write_project(name: str, parent: Path, kind: Kind = "colour") -> Path:
    """Writes a working plugin project `lipfx-NAME` into the folder `parent`; its folder.

    kind: of effect: one that colours, one that moves the mouth, one that makes a picture of its own, or one
    that works on the whole picture.

    Raises:
        UsageError: the name is not made of small letters, digits and single hyphens.
        OutputError: the folder exists or cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name an effect; use small letters, digits and hyphens, as in soft-glow"
        )
    imports, body = _EFFECTS[kind]
    words = {
        "name": name,
        "module": name.replace("-", "_"),
        "class_name": _class_name(name, imports.split(", ")),
        "imports": imports,
    }
    files = {**_FILES, "lipfx_$module.py": _HEAD + body}
    folder = parent / f"lipfx-{name}"
    if folder.exists():
        raise OutputError(f"{folder} exists already; choose another name or remove it")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with growing(folder) as new:
            for path, text in files.items():
                file = new / Template(path).substitute(words)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(Template(text).substitute(words), encoding="utf-8")
            new.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}; choose another folder") from error
    return folder
