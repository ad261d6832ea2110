"""Wires the stages into jobs: apply, masks, track; threads and queues live here and nowhere else."""

from lipfx.pipeline.apply import ApplyOptions, apply
from lipfx.pipeline.masks import MaskOptions, masks
from lipfx.pipeline.track import TrackOptions, track

__all__ = ["ApplyOptions", "MaskOptions", "TrackOptions", "apply", "masks", "track"]
