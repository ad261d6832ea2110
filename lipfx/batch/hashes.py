"""Owns telling whether all that a clip's result depends on, beside the clip, is what it was; must not know
records."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from lipfx import __version__
from lipfx.batch.signature import folder_stamp
from lipfx.batch.task import Job
from lipfx.effects.base import Effect
from lipfx.effects.palettes import Shade, find_shade
from lipfx.pipeline.options import SourceOptions

_ELSEWHERE = frozenset({"tracks", "device", "overwrite", "force", "probe_timeout", "clip"})
"""Options that say where and whether, not what."""
_APART = frozenset({"weights", "choice"})
"""Options of which more is told than their value."""
_AFTERWARDS = ("during", "fade", "fixes")
"""Options that change what was found."""


def analysis_hash(job: Job) -> str:
    """A hash of all that the faces found in a clip depend on: program, weights, ffmpeg and options."""
    told = _told(job.options, SourceOptions)
    options = {name: value for name, value in told.items() if name not in _AFTERWARDS}
    # Faces that were kept are all of a clip's; only what `track` wrote may be some of them.
    chosen = job.options.choice if job.do == "track" and not job.options.choice.everyone else None
    return _hash([_programs(), _weights(job.options.weights), options, chosen])


def settings_hash(job: Job, effects: Sequence[Effect]) -> str:
    """A hash of all that a clip's output depends on: the analysis, options, chain, and the code of its
    effects."""
    from lipfx.effects.personal import personal_chain

    chain = personal_chain(effects)
    told = [
        [_about(e) for e in chain],
        {name: [_about(e) for e in own] for name, own in chain.personal.items()},
        *([chain.curves] if chain.curves else []),
    ]
    options = [_told(job.options, type(job.options)), job.options.choice]
    return _hash([job.do, analysis_hash(job), options, told])


def resumed_hash(job: Job, effects: Sequence[Effect]) -> str:
    """The same, and the tracks that are given: what the parts depend on that a run has left."""
    return _hash([settings_hash(job, effects), job.options.tracks])


def _told(options: SourceOptions, kind: type[SourceOptions]) -> dict[str, Any]:
    """The options that `kind` has and that say what is done."""
    names = {option.name for option in fields(kind)} - _ELSEWHERE - _APART
    return {name: getattr(options, name) for name in sorted(names)}


def _about(effect: Effect) -> list[Any]:
    """An effect's class, the version and file it comes from, and its parameters, files among them by
    content."""
    kind = type(effect)
    parameters = msgspec.to_builtins(effect, enc_hook=str)
    values = {name: [value, _content(value), _shade(value)] for name, value in parameters.items()}
    return [kind.__qualname__, _version(kind.__module__), _content(inspect.getsourcefile(kind)), values]


def _shade(value: object) -> Shade | None:
    """What a palette says of the shade that a value may name."""
    try:
        return find_shade(value) if isinstance(value, str) else None
    except ValueError:  # there is no such palette or shade
        return None


def _content(value: object) -> str:
    """A hash of the file that a value names, if it names one."""
    if isinstance(value, str) and 0 < len(value) < 4096 and "\0" not in value and os.path.isfile(value):  # noqa: PTH113 - any text
        return _file_hash(value, os.stat(value).st_mtime_ns)  # noqa: PTH116 - as above
    return ""


@lru_cache(maxsize=256)
def _file_hash(path: str, _changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@lru_cache(maxsize=64)
def _version(module: str) -> str:
    """Name and version of the distribution that a module belongs to."""
    package = module.partition(".")[0]
    names = _distributions().get(package, [])
    return ", ".join(f"{name} {metadata.version(name)}" for name in sorted(set(names)))


@lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


@lru_cache(maxsize=1)
def _programs() -> list[str]:
    from lipfx.video.ffmpeg.tools import ffmpeg_version

    return [__version__, str(ffmpeg_version())]


@lru_cache(maxsize=8)
def _weights(folder: Path | None) -> str:
    from lipfx.tcnn.checkpoint import FILE_NAME, shipped_folder

    return _content(str((folder or shipped_folder()) / FILE_NAME))


def _hash(values: object) -> str:
    text = msgspec.json.encode(values, enc_hook=_plain, order="deterministic")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _plain(value: object) -> Any:
    """What is no JSON: files by their content."""
    if isinstance(value, Path):
        return ["", _content(str(value))] if value.is_file() else [str(value), folder_stamp(value)]
    return str(value)
