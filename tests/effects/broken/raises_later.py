# check: well formed
# apply: failed at frame 1, .*KeyError: 'made'
from lipfx.effects import Effect


class RaisesLater(Effect, frozen=True, kw_only=True):
    """Fails at the second frame."""

    def render(self, patch):
        return patch.rgb * (1 if patch.index == 0 else patch.state['made'])  # here
