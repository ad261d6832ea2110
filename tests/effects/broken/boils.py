# check: deterministic
# apply: works
import numpy as np

from lipfx.effects import Effect


class Boils(Effect, frozen=True, kw_only=True):
    """Draws chance anew."""

    def render(self, patch):  # here
        return patch.rgb * np.float32(np.random.default_rng().random())
