# check: input untouched
# apply: read-only
from lipfx.effects import Effect


class Writes(Effect, frozen=True, kw_only=True):
    """Writes into its patch."""

    def render(self, patch):
        patch.rgb[:] = 0  # here
        return patch.rgb
