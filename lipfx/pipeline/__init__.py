"""Wires the stages into jobs: apply, masks, track, preview, live; threads live here and nowhere else."""

from lipfx.masks.edges import Edge, Length
from lipfx.pipeline.apply import ApplyOptions, apply
from lipfx.pipeline.findings import Findings
from lipfx.pipeline.masks import masks
from lipfx.pipeline.mattes import MaskOptions
from lipfx.pipeline.moving import preview_film, preview_page
from lipfx.pipeline.options import Watch
from lipfx.pipeline.preview import PreviewOptions, preview
from lipfx.pipeline.profile import Profile
from lipfx.pipeline.retouch import Corrections
from lipfx.pipeline.track import TrackOptions, track

__all__ = [
    "ApplyOptions",
    "Corrections",
    "Edge",
    "Findings",
    "Length",
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
