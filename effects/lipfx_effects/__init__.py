"""Built-in effects; they use lipfx.effects and nothing that a plugin cannot."""
