# check: well formed
# apply: returned list
from lipfx.effects import Effect


class Listed(Effect, frozen=True, kw_only=True):
    """Returns a list."""

    def render(self, patch):  # here
        return (patch.rgb * 1).tolist()
