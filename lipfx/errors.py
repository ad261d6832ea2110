"""Owns the errors that lipfx raises on purpose; must not know who raises them.

    LipfxError                    exit status 1: could not be done
    |-- InputError                the input is missing, unreadable, or of a kind that is refused
    |-- OutputError               the output cannot be written, or exists already
    |-- FfmpegError               an ffmpeg process failed; carries its command and its last words
    |-- MissingToolError          a program or system library is not installed
    |-- WeightsError              weights are missing, damaged, or of another scheme or version
    |-- TracksError               a tracks file is damaged or belongs to another clip
    |-- EffectError               an effect failed, broke its contract or could not be loaded
    |-- TrainingError             training data, settings or checkpoints cannot be used
    `-- UsageError                exit status 2: the command or call itself is wrong
        |-- UnknownEffectError    no effect of that name
        `-- ParameterError        an effect's parameter is unknown, of the wrong type or out of range

Every message is one line: what was found, what was wanted, what to do.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

__all__ = [
    "EffectError",
    "FfmpegError",
    "InputError",
    "LipfxError",
    "MissingToolError",
    "OutputError",
    "ParameterError",
    "TracksError",
    "TrainingError",
    "UnknownEffectError",
    "UsageError",
    "WeightsError",
]


class LipfxError(Exception):
    """Base of all errors that a user can cause or mend."""

    status = 1


class InputError(LipfxError):
    """The input is missing, unreadable, or of a kind that is refused."""


class OutputError(LipfxError):
    """The output cannot be written, or exists already."""


class FfmpegError(LipfxError):
    """An ffmpeg process failed. `command` is its argv, `tail` the end of what it wrote to stderr."""

    def __init__(self, message: str, command: Sequence[str], tail: str) -> None:
        self.command = tuple(command)
        self.tail = tail
        super().__init__(message)

    @property
    def details(self) -> str:
        """The command and ffmpeg's own last words, on several lines, for --debug and logs."""
        return f"{shlex.join(self.command)}\n{self.tail}"


class MissingToolError(LipfxError):
    """A program or system library is not installed."""


class WeightsError(LipfxError):
    """Weights are missing, damaged, or made for another landmark scheme or format version."""


class TracksError(LipfxError):
    """A tracks file is damaged or belongs to another clip."""


class EffectError(LipfxError):
    """An effect failed, broke its contract or could not be loaded. `place`: FILE:LINE of it, or ""."""

    def __init__(self, message: str, place: str = "") -> None:
        self.place = place
        super().__init__(message)


class TrainingError(LipfxError):
    """Training data, settings or checkpoints cannot be used."""


class UsageError(LipfxError):
    """The command or call itself is wrong."""

    status = 2


class UnknownEffectError(UsageError):
    """No effect of that name is installed."""


class ParameterError(UsageError):
    """An effect's parameter is unknown, of the wrong type or out of range."""
