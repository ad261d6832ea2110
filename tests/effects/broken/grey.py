# check: well formed
# apply: returned .*, wanted
from lipfx.effects import Effect


class Grey(Effect, frozen=True, kw_only=True):
    """Returns one channel."""

    def render(self, patch):  # here
        return patch.rgb.mean(-1)
