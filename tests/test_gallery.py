"""The pictures of README and docs are those that lipfx makes today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
CLOSE = 2.0
"""Levels by which they may differ in the mean, for libraries that compute otherwise; shades differ by 40."""


@pytest.mark.slow
@pytest.mark.parametrize("script", ["gallery", "looks"])
def test_the_gallery_is_up_to_date(tmp_path: Path, script: str) -> None:
    subprocess.run([sys.executable, "-m", f"scripts.{script}", str(tmp_path)], cwd=ROOT, check=True)
    made, folder = sorted(tmp_path.iterdir()), ROOT / "docs" / script
    assert [path.name for path in made] == sorted(p.name for p in folder.glob("*.jpg"))
    for path in made:
        with Image.open(path) as new, Image.open(folder / path.name) as old:
            assert new.size == old.size, f"{path.name}: run `make gallery`"
            difference = np.abs(np.asarray(new, np.float32) - np.asarray(old, np.float32))
        assert difference.mean() < CLOSE, f"{path.name}: run `make gallery` and look at it"
