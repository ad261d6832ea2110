# check: quick: .*FileNotFoundError
# apply: FileNotFoundError
from lipfx.effects import Effect


class Begins(Effect, frozen=True, kw_only=True):
    """Opens at a track's beginning what is not there."""

    def begin_track(self, patch):
        patch.state["table"] = open("/nowhere/table.bin")  # here

    def render(self, patch):
        return patch.rgb
