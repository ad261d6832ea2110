# check: never folds
# apply: works
import numpy as np

from lipfx.effects import Warp


class Folds(Warp, frozen=True, kw_only=True):
    """Mirrors the patch."""

    def sources(self, patch):  # here
        rows, columns = np.mgrid[: patch.rgb.shape[0], : patch.rgb.shape[1]].astype(np.float32)
        return columns[:, ::-1].copy(), rows
