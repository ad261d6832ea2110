# check: could not be made: ZeroDivisionError
# apply: could not be made: ZeroDivisionError
from lipfx.effects import Effect


class Unmakeable(Effect, frozen=True, kw_only=True):
    """Fails when it is made."""

    steps: int = 0

    def __post_init__(self):
        1 / self.steps  # here

    def render(self, patch):
        return patch.rgb
