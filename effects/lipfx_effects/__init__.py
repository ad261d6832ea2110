"""Built-in effects; they use only lipfx.effects.base and what a third party could use."""
