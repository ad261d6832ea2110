"""Owns what to install for a package, extra or system library that is missing; must not know any command."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

OPENCV_LIBRARIES = "libgl1 libglib2.0-0 libxcb1"
"""Debian's packages with the shared libraries that opencv-python loads; its headless build wants none."""
_LIBRARY = re.compile(r"(lib[\w+.-]+\.so[\w.]*): cannot open shared object file")


@dataclass(frozen=True, slots=True)
class Extra:
    """A part of lipfx that is installed when asked for. module: one that it brings, others: more of them that
    lipfx asks for. adds: what it is for."""

    name: str
    module: str
    adds: str
    others: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether it is there, told without importing it."""
        return all(importlib.util.find_spec(name) is not None for name in (self.module, *self.others))

    @property
    def command(self) -> str:
        return f"pip install 'lipfx[{self.name}]'"


EXTRAS = (
    Extra("gpu", "torch", "networks on a CUDA or Apple GPU"),
    Extra("ray", "ray", "batches on a Ray cluster"),
    Extra("cloud", "s3fs", "batches from and to s3:// and gs:// addresses"),
    Extra(
        "editor",
        "OpenEXR",
        "OpenEXR pictures, timelines, and outlines for COCO",
        ("opentimelineio", "pycocotools"),
    ),
    Extra(
        "data", "supervision", "lips for supervision, pandas and COCO, in Python", ("pandas", "pycocotools")
    ),
    Extra("train", "sklearn", "training the networks, from a checkout"),
)


def advice(error: ImportError) -> str:
    """What to do about a package that cannot be imported, in one clause."""
    if _LIBRARY.search(str(error)):
        return f"install what it loads: sudo apt-get install {OPENCV_LIBRARIES}; or {headless()}"
    package = (error.name or "").partition(".")[0]
    extra = next((extra for extra in EXTRAS if package in (extra.module, *extra.others)), None)
    return extra.command if extra else "reinstall lipfx: pip install --force-reinstall lipfx"


def explained(error: ImportError) -> str:
    """One line for a package that cannot be imported: what was found, and what to do."""
    return f"a package cannot be loaded ({error}); {advice(error)}"


def headless() -> str:
    """How opencv-python gives way to the build that needs no display."""
    return "pip uninstall opencv-python && pip install opencv-python-headless"


def opencv_builds() -> tuple[str, ...]:
    """The builds of OpenCV that are installed: more than one write over each other's files."""
    names = ("opencv-python", "opencv-python-headless", "opencv-contrib-python")
    return tuple(
        f"{name} {found}" for name in (*names, "opencv-contrib-python-headless") if (found := _version(name))
    )


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
