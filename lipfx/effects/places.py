"""Owns where in its author's files an effect went wrong, or is defined; must not know what it does."""

from __future__ import annotations

import inspect
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

from lipfx.effects.base import Effect, Warp
from lipfx.effects.picture import FrameEffect

OWN = Path(__file__).parents[1]
LIBRARIES = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def raised_at(error: BaseException, home: Path | None) -> str:
    """`FILE:LINE` of the author's code that an error came through last; "" where there is none.

    home: the author's file, or the folder of the package.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return _told(Path(error.filename), error.lineno or 1)
    frames = traceback.extract_tb(error.__traceback__)
    return last_place([(Path(frame.filename), frame.lineno or 1) for frame in frames], home)


def last_place(frames: Iterable[tuple[Path, int]], home: Path | None) -> str:
    """The same of files and lines, the outermost first."""
    strange = [frame for frame in frames if frame[0].is_absolute() and not frame[0].is_relative_to(OWN)]
    within = [frame for frame in strange if home is not None and frame[0].is_relative_to(home)]
    for folders in (LIBRARIES, LIBRARIES[:2]):  # an installed author's code lies among libraries
        within = within or [
            frame for frame in strange if not any(frame[0].is_relative_to(folder) for folder in folders)
        ]
    return _told(*within[-1]) if within else ""


def home_of(effect: Effect) -> Path | None:
    """The file that defines an effect, or the folder of its package."""
    try:
        file = Path(inspect.getfile(type(effect)))
    except (OSError, TypeError):
        return None
    depth = type(effect).__module__.count(".")
    return file.parents[depth - 1] if depth else file


def method_of(effect: Effect) -> str:
    """The name of the method that makes the picture, or says where it comes from."""
    if isinstance(effect, FrameEffect):
        return "render_frame"
    return "sources" if isinstance(effect, Warp) else "render"


def defined_at(effect: Effect, method: str) -> str:
    """`FILE:LINE` of a method of an effect, of its class where that has none; "" where that is not known."""
    kind = type(effect)
    for thing in (vars(kind).get(method), kind):
        try:
            file = inspect.getsourcefile(thing) if thing else None
            line = inspect.getsourcelines(thing)[1] if thing and file else 0
        except (OSError, TypeError):
            continue
        if file:
            return _told(Path(file), line)
    return ""


def at(place: str) -> str:
    """A place as the end of what is said."""
    return f" ({place})" if place else ""


def _told(file: Path, line: int) -> str:
    here = Path.cwd()
    return f"{file.relative_to(here) if file.is_relative_to(here) else file}:{line}"
