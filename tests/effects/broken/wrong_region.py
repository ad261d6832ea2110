# check: declared: region is 'lips'
# apply: region is 'lips'
from typing import ClassVar

from lipfx.effects import Effect


class WrongRegion(Effect, frozen=True, kw_only=True):  # here
    """Names its region as text."""

    region: ClassVar[str] = "lips"

    def render(self, patch):
        return patch.rgb
