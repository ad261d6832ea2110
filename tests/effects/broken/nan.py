# check: well formed
# apply: returned nan at row 0, column 0
import numpy as np

from lipfx.effects import Effect


class Nan(Effect, frozen=True, kw_only=True):
    """Returns no numbers."""

    def render(self, patch):  # here
        return patch.rgb * np.float32(np.nan)
