# check: well formed
# apply: returned ndarray, wanted two arrays
from lipfx.effects import Warp


class OneSource(Warp, frozen=True, kw_only=True):
    """Gives x without y."""

    def sources(self, patch):  # here
        return patch.along * patch.rgb.shape[1]
