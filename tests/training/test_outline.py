"""The outline that is shipped, where the sets disagree."""

from __future__ import annotations

import torch

from lipfx.tcnn.crops import PRIOR_SIDE, REFINER_SIDE
from lipfx.tcnn.refiner import Refiner
from training.refiner import lean, raise_lips


def classes(model: Refiner, style: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, REFINER_SIDE, REFINER_SIDE, generator=generator)
    with torch.no_grad():
        logits: torch.Tensor = model(image, torch.zeros(1, 3, PRIOR_SIDE, PRIOR_SIDE), torch.tensor([style]))[
            0
        ]
    return logits


def test_the_shipped_outline_leans_towards_the_styles_asked_for() -> None:
    torch.manual_seed(1)
    model = Refiner(styles=4).eval()
    for style in (model.style_coarse, model.style_fine):
        torch.nn.init.normal_(style.weight)
    own, free = classes(model, 1), classes(model, 3)
    lean(model, [1], 0.25)
    assert torch.equal(classes(model, 1), own)
    leaning = classes(model, 3)
    assert 0 < (leaning - own).norm() < (free - own).norm()
    lean(model, [1], 1.0)
    torch.testing.assert_close(classes(model, 3), own)


def test_lips_are_raised_by_that_much_at_every_pixel_and_nothing_else() -> None:
    torch.manual_seed(1)
    model = Refiner(styles=4).eval()
    before = classes(model, 3)
    raise_lips(model, 0.3)
    raised = classes(model, 3) - before
    torch.testing.assert_close(raised[:, 1:3], torch.full_like(raised[:, 1:3], 0.3))
    torch.testing.assert_close(raised[:, [0, 3]], torch.zeros_like(raised[:, [0, 3]]))
