"""Owns effects that go wrong on purpose, as files that a chain can name; must not know lipfx beyond the
contract."""

from __future__ import annotations

from pathlib import Path

_EFFECT = '''
import os, signal, time
from pathlib import Path
from typing import ClassVar

from lipfx.effects import Effect, Region


class Faulty(Effect):
    """Goes wrong: die, die-once, stop, eat, raise, exit, wait."""

    region: ClassVar[Region] = Region.LIPS
    how: str = "raise"
    mark: str = "mark"

    def render(self, patch):
        mark = Path(self.mark)
        if self.how == "die" or (self.how == "die-once" and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.how == "eat":
            hoard = [bytearray(64 << 20) for _ in range(1000)]
        if self.how == "raise":
            raise ValueError("this effect always fails")
        if self.how == "exit":
            raise SystemExit(0)
        if self.how == "wait":
            mark.touch()
            while mark.exists():
                time.sleep(0.02)
        return patch.rgb
'''


def make_effect(folder: Path) -> Path:
    """The file of an effect whose parameter `how` says what goes wrong."""
    path = folder / "faulty.py"
    path.write_text(_EFFECT)
    return path
