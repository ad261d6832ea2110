# check: well formed
# apply: returned .*, wanted
from lipfx.effects import Effect


class Crops(Effect, frozen=True, kw_only=True):
    """Returns fewer rows."""

    def render(self, patch):  # here
        return patch.rgb[1:]
