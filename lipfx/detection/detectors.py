"""Owns which face detectors there are, by name; must not know how any of them works."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lipfx.detection.base import Detector
from lipfx.detection.hog import HogDetector
from lipfx.detection.yunet import YunetDetector
from lipfx.errors import UsageError

AUTO = "yunet"
"""What `auto` stands for."""

DETECTORS: Mapping[str, Callable[[], Detector]] = {"dlib": HogDetector, "yunet": YunetDetector}


def open_detector(name: str = "auto", known: Mapping[str, Callable[[], Detector]] = DETECTORS) -> Detector:
    """The detector of that name, or `auto`.

    Raises:
        UsageError: there is none.
    """
    name = AUTO if name == "auto" else name
    if name not in known:
        raise UsageError(f"detector {name}: there is none of that name, wanted one of {', '.join(known)}")
    return known[name]()
