"""Fits how a face is turned to the landmarks of its lips, and measures it: `head_pose.py DATA [--every N]`.

The truth of LFPW and AFW is a mean head's pose (PnP) at their 68 points, of FASSEG the angle in the names
of its files. Fitted on LFPW and on FASSEG's persons 01, 03, 05 and 07; measured on AFW and on the others.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import lipfx
from lipfx.core.values import Float64
from lipfx.effects.pose import middles

HEAD = {
    8: (0, 63.6, 12.5),
    27: (0, -33, 14),
    30: (0, 0, 0),
    33: (0, 11, 8),
    36: (-43.3, -32.7, 26),
    39: (-17, -31, 26),
    42: (17, -31, 26),
    45: (43.3, -32.7, 26),
    48: (-28.9, 28.9, 24.1),
    54: (28.9, 28.9, 24.1),
}
"""Some of the 68 points on a mean head, in mm from the tip of the nose: x to the right, y down, z away."""
FITTED = ("01", "03", "05", "07")
STEPS = 200


def read_points(file: Path) -> Float64:
    """(68, 2) points of a `.pts` file."""
    words = file.read_text().split("{")[1].split("}")[0].split()
    return np.array(words, np.float64).reshape(-1, 2)


def turned(points: Float64, width: int, height: int) -> tuple[float, float]:
    """Degrees to the picture's right and up of a face with these 68 points."""
    reach = 1.2 * max(width, height)
    camera = np.array([[reach, 0, width / 2], [0, reach, height / 2], [0, 0, 1]])
    solid, flat = np.array(list(HEAD.values()), np.float64), points[list(HEAD)]
    begin = np.zeros((3, 1)), np.array([[0.0], [0.0], [1000.0]])
    _, turn, _ = cv2.solvePnP(solid, flat, camera, None, *begin, useExtrinsicGuess=True)
    x, y, z = cv2.Rodrigues(turn)[0] @ (0, 0, -1)
    return float(np.degrees(np.arctan2(x, -z))), float(-np.degrees(np.arctan2(y, np.hypot(x, z))))


def pictures(data: Path, every: int) -> Iterator[tuple[str, Path, Float64 | None]]:
    """Each picture with its set (of FASSEG with the person) and its points."""
    for name in ("lfpw", "afw"):
        for file in sorted((data / name).glob("*.pts"))[::every]:
            yield name, next(p for p in file.parent.glob(f"{file.stem}.*") if p != file), read_points(file)
    for file in sorted((data / "fasseg" / "images").glob("yaw*"))[::every]:
        yield f"fasseg {file.stem.partition('_')[2][:2]}", file, None


def looked_at(data: Path, every: int) -> Iterator[tuple[str, Float64, Float64, float, float]]:
    """Set, places along and below the mouth, yaw and pitch (NaN of FASSEG) of each face that is found."""
    for name, file, truth in pictures(data, every):
        picture = np.asarray(Image.open(file).convert("RGB"))
        found = lipfx.find_lips(picture)
        if truth is None:
            yaw, pitch = -float(re.findall(r"yaw([+-]\d+)_", file.name)[0]), float("nan")
        else:
            yaw, pitch = turned(truth, picture.shape[1], picture.shape[0])
            middle, near = truth[48:60].mean(0), 0.5 * np.hypot(*(truth[48] - truth[54]))
            found = [one for one in found if np.hypot(*(one.points[:28].mean(0) - middle)) < near]
        if found:
            along, below = middles(max(found, key=lambda one: one.confidence).points)
            yield name, along, below, yaw, pitch


def fitted_yaw(along: Float64, yaw: Float64) -> Float64:
    """(4,) weights whose arc tangent is nearest to `yaw`, by damped Gauss-Newton steps."""
    weights = np.linalg.lstsq(along, np.radians(yaw), rcond=None)[0]
    for _ in range(STEPS):
        slope = along @ weights
        off = np.radians(yaw) - np.arctan(slope)
        weights = weights + 0.5 * np.linalg.lstsq(along / (1 + slope**2)[:, None], off, rcond=None)[0]
    return np.asarray(weights)


def main() -> None:
    """Fits, measures, and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every Nth picture")
    asked = parser.parse_args()
    names, *columns = zip(*looked_at(asked.data, asked.every), strict=True)
    along, below, yaw, pitch = (np.array(column) for column in columns)
    sets = np.array([name.partition(" ")[0] for name in names])
    fitted, measured = sets == "lfpw", sets == "afw"
    both = fitted | np.array([name.endswith(FITTED) for name in names])
    weights = fitted_yaw(along[both], yaw[both])
    upright = np.column_stack([below, np.ones(len(below))])
    down = np.linalg.lstsq(upright[fitted], -pitch[fitted], rcond=None)[0]
    told = [f"yaw {weights.round(2).tolist()}, pitch {down.round(1).tolist()}"]
    for name, where in (("afw", measured), ("fasseg", (sets == "fasseg") & ~both)):
        off = np.abs(np.degrees(np.arctan(along[where] @ weights)) - yaw[where])
        told += [f"{name}, yaw: {_errors(off)}"]
        told += [f"{name}, yaw up to 60: {_errors(off[np.abs(yaw[where]) <= 60])}"]
    told += [f"afw, pitch: {_errors(np.abs(upright[measured] @ down + pitch[measured]))}"]
    told += [f"afw, the mean pitch: {_errors(np.abs(pitch[measured] - pitch[fitted].mean()))}"]
    sys.stdout.write("\n".join(told) + "\n")


def _errors(off: Float64) -> str:
    return f"{len(off)} faces, off by {off.mean():.1f} degrees, median {np.median(off):.1f}"


if __name__ == "__main__":
    main()
