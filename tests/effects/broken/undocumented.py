# check: declared: the class has no docstring
# apply: works
from lipfx.effects import Effect


class Undocumented(Effect, frozen=True, kw_only=True):  # here
    def render(self, patch):
        return patch.rgb
