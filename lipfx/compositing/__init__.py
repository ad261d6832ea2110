"""A chain of effects written into a frame; must not know files, networks or how faces are found."""
