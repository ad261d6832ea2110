"""Owns which face detectors there are, by name; must not know how any of them works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lipfx.detection.base import Detector
from lipfx.detection.hog import HogDetector
from lipfx.errors import UsageError

DETECTORS: Mapping[str, Callable[[], Detector]] = {"dlib": HogDetector}


def open_detector(name: str = "dlib", known: Mapping[str, Callable[[], Detector]] = DETECTORS) -> Detector:
    """The detector of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in known:
        raise UsageError(f"detector {name}: there is none of that name, wanted one of {', '.join(known)}")
    return known[name]()
