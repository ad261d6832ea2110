"""The examples of docs/clusters.md do what they say, as far as one machine can try them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import tiny

PAGE = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text()
COUNT = 3


def block(kind: str, word: str) -> str:
    """The page's only example in a language that holds a word."""
    (found,) = [text for text in re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) if word in text]
    return str(found)


@pytest.fixture
def machine(talking: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with three clips, with a command `lipfx`, and a `srun` that runs all."""
    tiny.make_clips(talking, tmp_path / "clips", COUNT)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, words in (("lipfx", f'"{sys.executable}" -m lipfx "$@"'), ("srun", '"$@"')):
        (tools / name).write_text(f"#!/bin/sh\nexec {words}\n")
        (tools / name).chmod(0o755)
    return {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def local(text: str, folder: Path, parts: int) -> str:
    """An example with this machine's folders, and fewer parts."""
    for place in ("/data/clips", "s3://night/in"):
        text = text.replace(place, str(folder / "clips"))
    for place in ("/data/out", "s3://night/out"):
        text = text.replace(place, str(folder / "out"))
    return text.replace("/16", f"/{parts}")


def bash(text: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euc", text], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def outputs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").glob("*.mp4"))


def test_an_array_of_slurm_does_all_clips(machine: dict[str, str], tmp_path: Path) -> None:
    script = block("sh", "--array=1-16")
    assert re.search(r"#SBATCH .*--array=1-16 ", script)
    for number in (1, 2):
        bash(local(script, tmp_path, 2), {**machine, "SLURM_ARRAY_TASK_ID": str(number)})
    assert len(outputs(tmp_path)) == COUNT


def test_an_indexed_job_of_kubernetes_does_all_clips(machine: dict[str, str], tmp_path: Path) -> None:
    job: dict[str, Any] = yaml.safe_load(block("yaml", "kind: Job"))
    spec = job["spec"]
    assert (job["apiVersion"], spec["completionMode"], spec["completions"]) == ("batch/v1", "Indexed", 16)
    (container,) = spec["template"]["spec"]["containers"]
    assert container["command"] == ["sh", "-c"]
    (words,) = container["args"]
    for index in range(2):
        bash(local(words, tmp_path, 2), {**machine, "JOB_COMPLETION_INDEX": str(index)})
    assert len(outputs(tmp_path)) == COUNT


def test_ray_on_slurm_runs_its_command_on_the_head(machine: dict[str, str], tmp_path: Path) -> None:
    """Ray itself stands aside: what it would run is run by the pool."""
    script = block("sh", "ray symmetric-run")
    tools = Path(machine["PATH"].split(os.pathsep)[0])
    (tools / "scontrol").write_text("#!/bin/sh\nprintf 'node1\\nnode2\\n'\n")
    (tools / "ray").write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "symmetric-run --address node1:6379" ] || exit 3\n'
        'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n'
    )
    for name in ("scontrol", "ray"):
        (tools / name).chmod(0o755)
    assert '--engine ray --address "$head:6379"' in script
    pooled = local(script, tmp_path, 1).replace('--engine ray --address "$head:6379"', "--engine pool")
    bash(pooled, {**machine, "SLURM_JOB_NODELIST": "node[1-2]"})
    assert len(outputs(tmp_path)) == COUNT
