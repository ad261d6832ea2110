# check: could not be loaded: SyntaxError
# apply: could not be loaded: SyntaxError
from lipfx.effects import Effect


class Malformed(Effect, frozen=True, kw_only=True)  # here
    """Lacks a colon."""
