# check: quick: it had not ended
# apply: never ends
from lipfx.effects import Effect


class Hangs(Effect, frozen=True, kw_only=True):
    """Never ends."""

    def render(self, patch):
        while True: pass  # here
