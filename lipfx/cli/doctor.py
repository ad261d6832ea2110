"""Owns `lipfx doctor`: what lipfx needs on this machine, whether it is there, and what to do if not; must
not repair anything."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import typer

from lipfx.cli import needs
from lipfx.cli.options import Weights
from lipfx.core.words import plain
from lipfx.errors import LipfxError, MissingToolError

ENCODERS = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "ffv1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `advice` says what to do and is empty where all is well. extra: it is told of
    something that may be there or not."""

    name: str
    found: str
    advice: str = ""
    needed: bool = True
    extra: bool = False

    @property
    def verdict(self) -> str:
        if not self.advice:
            return "extra" if self.extra else "ok"
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


def _package(name: str, load: Callable[[str], Any] = importlib.import_module) -> Finding:
    try:
        module = load(name)
    except (ImportError, OSError) as error:
        told = error if isinstance(error, ImportError) else ImportError(str(error), name=name)
        return Finding(name, f"cannot be imported: {error}", needs.advice(told))
    return Finding(name, str(getattr(module, "__version__", "without a version")))


def _opencv() -> Finding:
    finding, builds = _package("cv2"), needs.opencv_builds()
    if len(builds) < 2:
        return finding
    both = " and ".join(builds)
    return Finding(
        "cv2", f"{both} are both installed", "uninstall all but one and install that again", needed=False
    )


def _dlib() -> Finding:
    return _package("dlib")


def _onnxruntime() -> Finding:
    from lipfx.tcnn import engine

    return _package("onnxruntime", lambda _name: engine.load_runtime())


def _extra(extra: needs.Extra) -> Finding:
    if not extra.installed:
        return Finding(extra.name, f"not installed; {extra.command} adds {extra.adds}", extra=True)
    finding = _package(extra.module)
    if extra.module == "torch" and not finding.advice:
        finding = replace(finding, found=f"{finding.found}, {_devices()}")
    return replace(finding, name=extra.name, found=f"{extra.module} {finding.found}", needed=False)


def _devices() -> str:
    import torch

    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    if torch.cuda.is_available():
        devices.insert(0, f"cuda ({torch.cuda.get_device_name()})")
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
    return f"devices: {', '.join(devices)}"


def _yunet() -> Finding:
    from lipfx.detection.yunet import MODEL

    if not MODEL.is_file():
        return Finding("yunet", f"{MODEL} is missing", "reinstall lipfx", needed=False)
    return Finding("yunet", f"MIT licence, in {MODEL}")


def _effects() -> Finding:
    from lipfx.effects.palettes import installed_palettes
    from lipfx.effects.presets import presets
    from lipfx.effects.registry import installed_effects

    effects = installed_effects()
    found = ", ".join(effect.name for effect in effects if not effect.problem) or "none"
    broken = [f"{effect.name}: {effect.problem}" for effect in effects if effect.problem]
    broken += [*presets().problems, *(one.problem for one in installed_palettes() if one.problem)]
    if not broken:
        return Finding("effects", found, "" if effects else "reinstall lipfx")
    return Finding(
        "effects", f"{found}; broken: {'; '.join(broken)}", "mend or uninstall what is broken", needed=False
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
    typer.echo(f"{'ok':8}{'python':12}{platform.python_version()} on {platform.platform()}")
    checks: dict[str, Callable[[], Finding]] = {
        "ffmpeg": _ffmpeg,
        "encoders": _encoders,
        "cv2": _opencv,
        "dlib": _dlib,
        "onnxruntime": _onnxruntime,
        "yunet": _yunet,
        "weights": lambda: _weights(weights),
        "effects": _effects,
        **{extra.name: partial(_extra, extra) for extra in needs.EXTRAS},
    }
    findings = [_examine(name, check) for name, check in checks.items()]
    for finding in findings:
        advice = f"; {finding.advice}" if finding.advice else ""
        typer.echo(f"{finding.verdict:8}{finding.name:12}{plain(finding.found + advice)}")
    missing = [finding.name for finding in findings if finding.advice and finding.needed]
    if missing:
        raise MissingToolError(f"missing or unusable: {', '.join(missing)}; do what the lines above say")
