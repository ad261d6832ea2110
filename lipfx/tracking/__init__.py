"""Which face is which, from frame to frame; must not know smoothing, masks or files."""
