# check: well formed
# apply: returned NoneType
from lipfx.effects import Effect


class Nothing(Effect, frozen=True, kw_only=True):
    """Forgets to return."""

    def render(self, patch):  # here
        patch.rgb * 2
