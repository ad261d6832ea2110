"""Built-in effects; they use only lipfx.effect and what a third party could use."""
