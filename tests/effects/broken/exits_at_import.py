# check: could not be loaded: SystemExit: 1
# apply: could not be loaded: SystemExit: 1
raise SystemExit(1)  # here

from lipfx.effects import Effect


class ExitsAtImport(Effect, frozen=True, kw_only=True):
    """Ends the program when it is read."""

    def render(self, patch):
        return patch.rgb
