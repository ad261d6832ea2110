# check: well formed
# apply: LinAlgError
import numpy as np

from lipfx.effects import Effect


class RaisesInNumpy(Effect, frozen=True, kw_only=True):
    """Fails within a library."""

    def render(self, patch):
        return np.linalg.inv(patch.rgb[..., 0] * 0 + patch.time)  # here
