"""Owns what tells one face from another in the same footage; must not know networks, tracks or files.

A portrait is a small picture of a face, upright and scaled by eyes and mouth. Its look is where its edges
run (histograms of oriented gradients: Dalal and Triggs, 2005) and its light, dark and colours, both as they
differ from the mean face. That is the look of a person on a day, hair, beard, glasses and light included; it
is no measure of who somebody is, and another year's photograph may well look like somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import as_affine
from lipfx.core.values import Float32, Float64

Look = NDArray[np.int8]

SIDE = 96  # pixels of a portrait
PLACES = np.array([[0.31, 0.35], [0.69, 0.35], [0.5, 0.78]]) * SIDE  # of eyes and mouth
FACE = slice(6, 90)  # rows and columns whose edges count
EDGES_SIDE, CELLS, DIRECTIONS = 80, 10, 8
COLOURS = 8  # rows and columns of the colours
LENGTH = CELLS**2 * DIRECTIONS + COLOURS**2 * 3
GREY = 0.1  # of twenty units of Lab: pictures without more colour have none
FAINT = 0.32  # of 255, the gradient below which nothing is an edge
ALIKE = 0.42  # likeness of one person's looks
MEAN = Path(__file__).with_name("mean_look.npy")
"""(992,) float32, the mean face's traits; `python -m training.looks` makes it."""


def portrait_affine(eyes: Float64, mouth: Float64) -> Float64:
    """(2, 3) from frame pixels to those of the portrait, for (2, 2) eyes and the (2,) middle of the mouth."""
    found = np.vstack([eyes, mouth]) @ (1, 1j)
    wanted = PLACES @ (1, 1j)
    away = found - found.mean()
    turn = complex(away.conj() @ wanted) / max(float((away.conj() @ away).real), 1e-9)
    at = complex(wanted.mean() - turn * found.mean())
    return as_affine(turn, at)


def portrait_shown(affine: Float64, width: int, height: int) -> Float32:
    """(96, 96) float32: 1 where the portrait of `affine` shows the frame, 0 beyond its edges."""
    turn, at = complex(affine[0, 0], affine[1, 0]), complex(affine[0, 2], affine[1, 2])
    rows, columns = np.mgrid[:SIDE, :SIDE]
    source = (columns + 1j * rows - at) / turn
    inside = (source.real > -0.5) & (source.real < width - 0.5)
    return np.asarray(inside & (source.imag > -0.5) & (source.imag < height - 0.5), np.float32)


def look(portrait: Float32, shown: Float32) -> Look:
    """(992,) int8 look of a (96, 96, 3) float32 portrait, encoded RGB 0..1.

    shown: (96, 96) float32, 0 where the portrait shows nothing; there the face counts as like any other, and
    so do the colours of a grey picture.
    """
    edges, colours = traits(portrait, shown)
    mean_edges, mean_colours = np.split(_mean_traits(), [len(edges)])
    in_cells = _shares(shown[FACE, FACE], CELLS, DIRECTIONS)
    in_hues = _shares(shown, COLOURS, 2) * (np.abs(colours[COLOURS**2 :]).max() > GREY)
    in_colours = np.concatenate([_shares(shown, COLOURS, 1), in_hues])
    parts = (in_cells * (edges - mean_edges), in_colours * (colours - mean_colours))
    return packed(np.concatenate([_unit(part) for part in parts]))


def traits(portrait: Float32, shown: Float32) -> tuple[Float32, Float32]:
    """Edges (800,) and colours (192,), float32, of a portrait."""
    return _edges(portrait), _colours(portrait, shown)


def packed(look: Float32) -> Look:
    """A look as it is kept: its largest number is 127."""
    return np.asarray(np.round(look * (127 / max(float(np.abs(look).max()), 1e-6))), np.int8)


def mean_look(looks: Sequence[Look]) -> Look:
    """The look of several portraits of one face together."""
    return packed(np.asarray(sum(_unit(np.asarray(one, np.float32)) for one in looks), np.float32))


def likeness(a: Look, b: Look) -> float:
    """-1 to 1: how much two looks have in common; 0 is what two people have on average."""
    return float(_unit(np.asarray(a, np.float32)) @ _unit(np.asarray(b, np.float32)))


def _edges(portrait: Float32) -> Float32:
    """How strong edges of each direction are in each cell, relative to those around it."""
    grey = np.asarray(portrait[FACE, FACE] @ np.array([0.3, 0.59, 0.11], np.float32) * 255, np.float32)
    small = cv2.resize(grey, (EDGES_SIDE, EDGES_SIDE), interpolation=cv2.INTER_AREA)
    dx, dy = (cv2.Sobel(small, cv2.CV_32F, *way, ksize=1) for way in ((1, 0), (0, 1)))
    direction = np.arctan2(dy, dx) / np.pi * DIRECTIONS
    strength = np.hypot(dx, dy)
    layers = []
    for k in range(DIRECTIONS):
        away = np.abs((direction - k + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        layer = np.asarray(strength * np.maximum(1 - away, 0), np.float32)
        blurred = cv2.GaussianBlur(layer, (0, 0), EDGES_SIDE / CELLS / 2)
        layers.append(cv2.resize(blurred, (CELLS, CELLS), interpolation=cv2.INTER_AREA))
    cells = np.stack(layers, axis=-1)
    around = np.sqrt(cv2.blur(np.asarray((cells**2).sum(-1), np.float32), (3, 3))) + FAINT
    return np.asarray(np.sqrt(cells / around[..., None]).ravel(), np.float32)


def _colours(portrait: Float32, shown: Float32) -> Float32:
    """Where it is light and dark, and the colours, half of what tinges the whole picture left out."""
    lab = cv2.cvtColor(np.ascontiguousarray(portrait), cv2.COLOR_RGB2LAB)
    small = cv2.resize(lab, (COLOURS, COLOURS), interpolation=cv2.INTER_AREA)
    weights = _shares(shown, COLOURS, 1).reshape(COLOURS, COLOURS) + 1e-6
    light, hue = small[..., 0], small[..., 1:] / 20
    light = light - np.average(light, weights=weights)
    light = light / max(float(np.average(light**2, weights=weights)) ** 0.5, 3.0)
    hue = hue - 0.5 * (hue * weights[..., None]).sum((0, 1)) / weights.sum()
    return np.asarray(np.concatenate([light.ravel() / 2, hue.ravel()]), np.float32)


def _shares(shown: Float32, cells: int, layers: int) -> Float32:
    """How much of each of `cells` x `cells` cells is shown, `layers` times for each."""
    share = cv2.resize(np.ascontiguousarray(shown), (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(np.repeat(share.ravel(), layers), np.float32)


@lru_cache(maxsize=1)
def _mean_traits() -> Float32:
    return np.asarray(np.load(MEAN, allow_pickle=False), np.float32)


def _unit(vector: Float32) -> Float32:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)
