# check: declared: amount has no help
# apply: works
from lipfx.effects import Effect


class NoHelp(Effect, frozen=True, kw_only=True):  # here
    """Has a parameter without help."""

    amount: float = 0.5

    def render(self, patch):
        return patch.rgb
