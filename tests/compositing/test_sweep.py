"""What hides a mouth covers where it was and where it will be; what colours one does not."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.effects import Effect, Float32, Patch, Region
from lipfx.testing.scenes import YUV420
from tests.helpers.mouths import face_at, noise_frame


class Paint(Effect, frozen=True):
    """Paints its whole patch white."""

    region: ClassVar[Region] = Region.AROUND

    def render(self, patch: Patch) -> Float32:
        return np.ones_like(patch.rgb)


class Veil(Paint, frozen=True):
    """Hides the mouth."""

    protects: ClassVar[bool] = True


@pytest.mark.parametrize("ahead", [True, False])
def test_a_mouth_that_jerks_is_hidden_all_along(ahead: bool) -> None:
    """It is found late: at 40 while it lies at 80, and where it lies in the next frame."""
    faces = [[face_at((x, 60), 20)] for x in (40, 40, 120)]
    frames = [replace(noise_frame(YUV420), index=index) for index in range(3)]
    before = [frame.planes[0].copy() for frame in frames]
    compositor = Compositor([Veil()])
    if ahead:
        pushed = [list(compositor.push(*one)) for one in zip(frames, faces, strict=True)]
        assert [len(done) for done in pushed] == [0, 1, 1]
        pushed.append(list(compositor.finish()))
        assert [frame.index for done in pushed for frame in done] == [0, 1, 2]
    else:
        for frame, own in zip(frames, faces, strict=True):
            compositor.render(frame, own)
    hidden = [
        (one.planes[0] != was)[60, [40, 80, 120]].tolist() for one, was in zip(frames, before, strict=True)
    ]
    assert hidden == [[True, False, False], [True, ahead, ahead], [True, True, True]]


def test_what_colours_a_mouth_stays_on_it_and_waits_for_nothing() -> None:
    compositor, alone = Compositor([Paint()]), noise_frame(YUV420)
    list(compositor.push(noise_frame(YUV420), [face_at((60, 60))]))
    (made_up,) = compositor.push(noise_frame(YUV420), [face_at((120, 60))])
    Compositor([Paint()]).render(alone, [face_at((120, 60))])
    assert (made_up.planes[0] == alone.planes[0]).all()
