# check: well formed
# apply: ValueError: too dark
from lipfx.effects import Effect


def lit(rgb):
    raise ValueError("too dark")  # here


class RaisesDeeper(Effect, frozen=True, kw_only=True):
    """Fails in a function of its own."""

    def render(self, patch):
        return lit(patch.rgb)
