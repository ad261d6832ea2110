# check: well formed
# apply: AttributeError: 'Patch' object has no attribute 'lips'
from lipfx.effects import Effect


class Raises(Effect, frozen=True, kw_only=True):
    """Asks for what no patch has."""

    def render(self, patch):
        return patch.rgb * patch.lips  # here
