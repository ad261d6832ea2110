"""Soft masks of a mouth on the frame's pixel grid; must not know effects, networks or files."""
