# check: NoRender lacks its method; write def render\(self, patch\)
# apply: NoRender lacks its method; write def render\(self, patch\)
from lipfx.effects import Effect


class NoRender(Effect, frozen=True, kw_only=True):
    """Has no render."""
