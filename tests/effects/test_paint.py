"""What paint is made of, on drawn lips: nothing is taken for what it is not."""

from __future__ import annotations

import cv2
import numpy as np
from lipfx_effects.paint.edge import without_old
from lipfx_effects.paint.pigment import off_skin, take_apart

from lipfx.core.values import Float32

SKIN, LIPS = np.array([0.4, 0.25, 0.2], np.float32), np.array([0.25, 0.1, 0.09], np.float32)


def drawn() -> Float32:
    """(60, 140) 1 on closed lips, 100 pixels wide."""
    lips = np.zeros((60, 140), np.float32)
    cv2.ellipse(lips, (70, 30), (50, 18), 0, 0, 360, (1.0,), -1)
    return lips


def test_a_mask_in_doubt_within_the_mouth_gets_no_skin() -> None:
    """No skin is near there: what was taken for it was white, and shone through paint as a spot."""
    lips = np.asarray(cv2.GaussianBlur(drawn(), (0, 0), 1), np.float32)
    picture = np.asarray(SKIN + lips[..., None] * (LIPS - SKIN), np.float32)
    lips[27:34, 65:76] = 0.5
    edge, change = without_old(picture, lips, lips, lips, LIPS, 20.0)
    rows, columns = np.divmod(edge, lips.shape[1])
    assert len(edge) > 100, "the outline is an edge"
    assert not ((np.abs(rows - 30) < 5) & (np.abs(columns - 70) < 8)).any()
    assert np.abs(change).max() < 0.2


def test_skin_at_a_soft_edge_is_no_relief_of_lips() -> None:
    """Lips of one lightness in a soft picture: what is brighter at their edge would be a line in paint."""
    lips = drawn()
    lightness = np.asarray(60 - 20 * cv2.GaussianBlur(lips, (0, 0), 3), np.float32)
    relief = take_apart(lightness, off_skin(lips, lips, 100.0), 100.0)
    assert np.abs(relief.texture + relief.highlights)[lips > 0].max() < 3
    assert np.ptp(relief.body[lips > 0]) < 2


def test_lips_at_the_mouths_opening_keep_their_relief() -> None:
    lips, inner = drawn(), np.zeros((60, 140), np.float32)
    cv2.ellipse(inner, (70, 30), (40, 6), 0, 0, 360, (1.0,), -1)
    lips -= inner
    kept = off_skin(lips, lips + inner, 100.0)
    assert kept[lips > 0].min() >= 0
    assert kept[22:24, 50:90].min() > 0.95
