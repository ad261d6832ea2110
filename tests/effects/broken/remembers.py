# check: any segment
# apply: works
import numpy as np

from lipfx.effects import Effect


class Remembers(Effect, frozen=True, kw_only=True):
    """Counts frames."""

    def render(self, patch):  # here
        patch.state['seen'] = patch.state.get('seen', 0) + 1
        return patch.rgb * np.float32(1 - 0.1 * patch.state['seen'])
