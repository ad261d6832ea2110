# check: well formed: .*end of track 1: KeyError
# apply: end of track 1: KeyError
from lipfx.effects import Effect


class Ends(Effect, frozen=True, kw_only=True):
    """Lets go at a track's end of what it never had."""

    def render(self, patch):
        return patch.rgb

    def end_track(self, state):
        state.pop("table").close()  # here
