# check: quick: it ended the process, status 7
# apply: ends the process
import os

from lipfx.effects import Effect


class Dies(Effect, frozen=True, kw_only=True):
    """Ends the process."""

    def render(self, patch):  # here
        os._exit(7)
