# check: defines 0 effects
# apply: defines 0 effects
from lipfx.effects import Effect


class NoRender(Effect, frozen=True, kw_only=True):
    """Has no render."""
