"""What effect authors need; must not know frames, files or faces."""
