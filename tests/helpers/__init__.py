"""Owns what several test files use: faces, clips, drawings, waiting."""
