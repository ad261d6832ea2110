"""Owns `lipfx doctor`: what lipfx needs on this machine, whether it is there, and what to do if not; must
not repair anything."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer

from lipfx.cli.options import Weights
from lipfx.errors import LipfxError, MissingToolError

OPENCV_LIBRARIES = "libgl1 libglib2.0-0 libxcb1"
ENCODERS = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "ffv1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `advice` says what to do and is empty where all is well."""

    name: str
    found: str
    advice: str = ""
    needed: bool = True

    @property
    def verdict(self) -> str:
        if not self.advice:
            return "ok"
        return "MISSING" if self.needed else "warning"


def _ffmpeg() -> Finding:
    from lipfx.video.ffmpeg import tools

    tools.check_ffmpeg()
    version = tools.ffmpeg_version()
    name = ".".join(map(str, version)) if version else "a development build"
    oldest = ".".join(map(str, tools.OLDEST_FFMPEG))
    return Finding("ffmpeg", f"{name} at {tools.find_tool('ffmpeg')} (oldest that works: {oldest})")


def _encoders() -> Finding:
    from lipfx.video.ffmpeg import tools

    there = tools.list_encoders()
    found = ", ".join(name for name in ENCODERS if name in there) or "none of the usual ones"
    if "libx264" in there:
        return Finding("encoders", found)
    return Finding(
        "encoders",
        found,
        "use an ffmpeg that has libx264, or name another encoder with --codec",
        needed=False,
    )


def _package(name: str, advice: str) -> Finding:
    try:
        module = importlib.import_module(name)
    except (ImportError, OSError) as error:
        return Finding(name, f"cannot be imported: {error}", advice)
    return Finding(name, str(getattr(module, "__version__", "without a version")))


def _opencv() -> Finding:
    return _package("cv2", f"install what it loads: sudo apt-get install {OPENCV_LIBRARIES}")


def _dlib() -> Finding:
    return _package("dlib", "pip install dlib-bin")


def _torch() -> Finding:
    finding = _package("torch", "pip install torch")
    if finding.advice:
        return finding
    import torch

    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    if torch.cuda.is_available():
        devices.insert(0, f"cuda ({torch.cuda.get_device_name()})")
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    return Finding("torch", f"{finding.found}, devices: {', '.join(devices)}")


def _yunet() -> Finding:
    from lipfx.detection.yunet import MODEL

    if not MODEL.is_file():
        return Finding("yunet", f"{MODEL} is missing", "reinstall lipfx", needed=False)
    return Finding("yunet", f"MIT licence, in {MODEL}")


def _effects() -> Finding:
    from lipfx.effects.registry import installed_effects

    effects = installed_effects()
    broken = [effect for effect in effects if effect.problem]
    found = ", ".join(effect.name for effect in effects if not effect.problem) or "none"
    if not broken:
        return Finding("effects", found, "" if effects else "reinstall lipfx")
    problems = "; ".join(f"{effect.name}: {effect.problem}" for effect in broken)
    return Finding(
        "effects", f"{found}; broken: {problems}", "mend or uninstall what is broken", needed=False
    )


def _weights(folder: Path | None) -> Finding:
    from lipfx.tcnn import checkpoint

    description = checkpoint.load(folder).description
    place = folder or checkpoint.shipped_folder()
    return Finding("weights", f"{description.landmarks}, {description.heads} heads, in {place}")


def _examine(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except LipfxError as error:
        found, _, advice = str(error).partition("; ")
        return Finding(name, found, advice or "reinstall lipfx")
    except ImportError as error:
        return Finding(name, f"cannot be examined: {error}", "mend what is missing above first")


def doctor(weights: Weights = None) -> None:
    """Report what lipfx finds on this machine and what is missing."""
    typer.echo(f"{'ok':8}{'python':10}{platform.python_version()} on {platform.platform()}")
    checks: dict[str, Callable[[], Finding]] = {
        "ffmpeg": _ffmpeg,
        "encoders": _encoders,
        "cv2": _opencv,
        "dlib": _dlib,
        "torch": _torch,
        "yunet": _yunet,
        "weights": lambda: _weights(weights),
        "effects": _effects,
    }
    findings = [_examine(name, check) for name, check in checks.items()]
    for finding in findings:
        advice = f"; {finding.advice}" if finding.advice else ""
        typer.echo(f"{finding.verdict:8}{finding.name:10}{finding.found}{advice}")
    missing = [finding.name for finding in findings if finding.advice and finding.needed]
    if missing:
        raise MissingToolError(f"missing or unusable: {', '.join(missing)}; do what the lines above say")
