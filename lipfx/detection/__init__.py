"""Faces and their mouths in one frame; must not know tracks or other frames."""
