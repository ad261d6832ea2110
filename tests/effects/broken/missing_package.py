# check: could not be loaded: ModuleNotFoundError: No module named 'no_such_package'
# apply: could not be loaded: ModuleNotFoundError: No module named 'no_such_package'
import no_such_package  # here

from lipfx.effects import Effect


class MissingPackage(Effect, frozen=True, kw_only=True):
    """Imports what is not there."""

    def render(self, patch):
        return patch.rgb
