"""Standard error: lipfx's own lines in plain text or JSON, whatever files and libraries hold and say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lipfx.core.words import plain
from tests.conftest import LIPFX, RunLipfx, odd

LOUD = """
import os, sys, threading, warnings
import numpy as np
from lipfx.effects import Effect

class Loud(Effect, frozen=True, kw_only=True):
    "Makes libraries talk."

    def render(self, patch):
        os.write(2, b"libpng warning: iCCP: known incorrect sRGB profile\\n")
        warnings.warn("something is old")
        threading.Thread(target=lambda: 1 / 0).start()
        return patch.rgb + 0 * np.log(np.zeros(1, np.float32)).clip(-1)
"""


@pytest.mark.parametrize("options", [(), ("--log-json",)])
def test_what_libraries_say_is_dropped(
    options: tuple[str, ...], lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    (tmp_path / "loud.py").write_text(LOUD)
    effect, output = tmp_path / "loud.py", tmp_path / "out.mp4"
    done = lipfx("apply", effect, talking, output, "--end", "0.1", *options)
    assert done.returncode == 0
    if options:
        assert {json.loads(line)["event"] for line in done.stderr.splitlines()} <= {"progress", "done"}
    else:
        assert odd(done) == ""
    assert (
        "known incorrect"
        in lipfx("--debug", "apply", effect, talking, tmp_path / "2.mp4", "--end", "0.1").stderr
    )


def test_names_and_tags_do_not_reach_a_terminal_raw(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    name = "\x1b]0;gotcha\x07\x9b31m \u202egpm.mp4"
    source = Path(shutil.copy(talking, tmp_path / f"in{name}"))
    output = tmp_path / f"out{name}"
    for options in ((), ("--log-json",)):
        for words in (
            (source, output, "--overwrite"),
            (source, output),
            ("no" + name, output, "--overwrite"),
        ):
            said = lipfx("apply", "lipstick", *words, "--end", "0.1", *options).stderr
            assert said
            assert all(line.isprintable() for line in said.splitlines()), said
            assert "gotcha" in said
    assert len(list(tmp_path.iterdir())) == 2


def test_plain_keeps_what_people_read() -> None:
    assert plain("Café 口紅 💄\n two\tlines") == "Café 口紅 💄 two lines"
    assert plain("a\x1b[31mb\x00\u2066") == r"a\x1b[31mb\x00\u2066"


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>&- >&- <&-"])
def test_a_closed_standard_error_harms_nothing(redirection: str, talking: Path, tmp_path: Path) -> None:
    command = f'"$@" {redirection}'
    words = ("apply", "lipstick", str(talking), str(tmp_path / "out.mp4"), "--end", "0.1", "--log-json")
    done = subprocess.run(["/bin/sh", "-c", command, "sh", *LIPFX, *words], check=False)
    assert done.returncode == 0
    assert (tmp_path / "out.mp4").stat().st_size > 1000
    failing = ("apply", "lipstick", str(tmp_path / "none.mp4"), str(tmp_path / "2.mp4"))
    assert subprocess.run(["/bin/sh", "-c", command, "sh", *LIPFX, *failing], check=False).returncode == 1


def test_a_reader_that_has_gone_harms_nothing(talking: Path, tmp_path: Path) -> None:
    words = ("apply", "lipstick", str(talking), str(tmp_path / "out.mp4"), "--end", "0.2", "--log-json")
    gone, end = os.pipe()
    os.close(gone)
    done = subprocess.run([*LIPFX, *words], stderr=end, check=False)
    os.close(end)
    assert done.returncode == 0
    assert (tmp_path / "out.mp4").exists()
