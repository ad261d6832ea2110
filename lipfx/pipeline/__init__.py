"""Wires the stages into jobs: apply, masks, track, preview; threads and queues live here and nowhere else."""

from lipfx.pipeline.apply import ApplyOptions, apply
from lipfx.pipeline.masks import MaskOptions, masks
from lipfx.pipeline.preview import PreviewOptions, preview
from lipfx.pipeline.profile import Profile
from lipfx.pipeline.track import TrackOptions, track

__all__ = [
    "ApplyOptions",
    "MaskOptions",
    "PreviewOptions",
    "Profile",
    "TrackOptions",
    "apply",
    "masks",
    "preview",
    "track",
]
