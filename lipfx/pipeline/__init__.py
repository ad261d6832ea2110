"""Wires the stages into jobs: apply, masks, track, preview; threads and queues live here and nowhere else."""

from lipfx.pipeline.apply import ApplyOptions, apply
from lipfx.pipeline.findings import Findings
from lipfx.pipeline.masks import MaskOptions, masks
from lipfx.pipeline.moving import preview_film, preview_page
from lipfx.pipeline.options import Watch
from lipfx.pipeline.preview import PreviewOptions, preview
from lipfx.pipeline.profile import Profile
from lipfx.pipeline.track import TrackOptions, track

__all__ = [
    "ApplyOptions",
    "Findings",
    "MaskOptions",
    "PreviewOptions",
    "Profile",
    "TrackOptions",
    "Watch",
    "apply",
    "masks",
    "preview",
    "preview_film",
    "preview_page",
    "track",
]
