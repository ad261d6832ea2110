# check: well formed
# apply: values up to .*, wanted 0 for black to 1 for white
from lipfx.effects import Effect


class BytesAsFloats(Effect, frozen=True, kw_only=True):
    """Returns 0 to 255."""

    def render(self, patch):  # here
        return patch.rgb * 255
