# check: well formed
# apply: SystemExit: 3
import sys

from lipfx.effects import Effect


class Exits(Effect, frozen=True, kw_only=True):
    """Ends the program."""

    def render(self, patch):
        sys.exit(3)  # here
