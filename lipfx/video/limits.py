"""Owns how large pictures may be; must not know how they are read."""

FRAME_PIXELS = 1 << 27
"""Of one frame of a video, at most."""

PICTURE_PIXELS = 1 << 28
"""Of a still picture, at most."""

MEGA = 1_000_000
SIZES = f"up to {FRAME_PIXELS // MEGA} megapixels a frame of video, {PICTURE_PIXELS // MEGA} a picture"
"""The same in words."""
