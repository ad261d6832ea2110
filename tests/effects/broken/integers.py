# check: well formed
# apply: uint8, wanted
from lipfx.effects import Effect


class Integers(Effect, frozen=True, kw_only=True):
    """Returns integers."""

    def render(self, patch):  # here
        return (patch.rgb * 255).astype('uint8')
