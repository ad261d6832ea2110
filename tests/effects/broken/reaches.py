# check: declared: history is 1000
# apply: history is 1000
from typing import ClassVar

from lipfx.effects import Effect


class Reaches(Effect, frozen=True, kw_only=True):  # here
    """Wants to see forty seconds back."""

    history: ClassVar[int] = 1000

    def render(self, patch):
        return patch.rgb
