# check: defines 2 effects .One, Two.
# apply: defines 2 effects .One, Two.
from lipfx.effects import Effect


class One(Effect, frozen=True, kw_only=True):
    """The first."""

    def render(self, patch):
        return patch.rgb


class Two(One, frozen=True, kw_only=True):
    """The second."""
