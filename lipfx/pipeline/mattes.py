"""Owns the mattes of one frame, layer by layer; must not know files or the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Float32, Frame, MouthMasks, Space
from lipfx.effects.matter import teeth
from lipfx.errors import UsageError
from lipfx.lighting.glimpse import glimpse
from lipfx.masks.edges import Edge
from lipfx.masks.mouth import label_map, lip_coverage, mouth_box, mouth_masks, visibility
from lipfx.masks.settings import VISIBILITY
from lipfx.pipeline.options import SourceOptions

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

MARGIN = 0.1
LAYERS = ("lips", "upper", "lower", "inner", "teeth")
"""Of a mouth: both lips, the upper and the lower one, what is between them, and the teeth in it."""
LABELS = "labels"
FACE = re.compile(r"face-\d+")
"""How the masks of one face are called."""

Mask: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16]"
"""(height, width): alpha scaled to its depth, or labels."""


@dataclass(frozen=True, slots=True)
class MaskOptions(SourceOptions):
    """How `masks` reads and writes. kind: soft alpha or labels. bits: 8 or 16, for alpha. per_face: a folder
    for each face; where `choice` tells persons apart, there is one for each of them, and none for others.

    layers: of LAYERS, one mask each. edge: what is done to their edges. format: of the pictures. names: a
    template of their names, see `lipfx.video.stills.template`; empty is the usual. start_number: of the
    clip's first frame in names, None is its own as a picture, or 0. codec: ffmpeg's name of the encoder of a
    clip of mattes.
    """

    kind: Literal["alpha", "labels"] = "alpha"
    bits: int = 8
    per_face: bool = False
    overwrite: bool = False
    layers: tuple[str, ...] = ("lips",)
    edge: Edge = field(default_factory=Edge)
    format: Literal["png", "exr", "tiff", "dpx"] = "png"
    names: str = ""
    start_number: int | None = None
    codec: str | None = None

    def first_of(self, clip: Clip) -> int:
        """The number of the first frame of `clip` in names."""
        return clip.first_number if self.start_number is None else self.start_number

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the masks of one frame."""
        return (LABELS,) if self.kind == "labels" else self.layers

    @property
    def deep(self) -> bool:
        """Whether samples have 16 bits; those of pictures whose depth is another are made of such."""
        return self.kind == "alpha" and (self.bits == 16 or self.format in ("exr", "dpx"))


def face_name(track_id: int) -> str:
    """What the masks of a face are called."""
    return f"face-{track_id:04d}"


def check(options: MaskOptions) -> None:
    """Raises: UsageError: what is wanted cannot be together."""
    for name in options.layers:
        if name not in LAYERS:
            raise UsageError(f"layer '{name}' is not known; choose from {', '.join(LAYERS)}")
    if len(set(options.layers)) < len(options.layers):
        raise UsageError(f"layers {','.join(options.layers)}: one is named twice; name each once")
    if options.kind == "labels":
        if options.format in ("exr", "dpx"):
            raise UsageError(f"labels are whole numbers, which {options.format} is not for; use png or tiff")
        if options.layers != ("lips",) or options.edge != Edge():
            raise UsageError(
                "labels hold all layers, with hard edges; leave layers, grow and feather to alpha"
            )


def mattes(frame: Frame, faces: Sequence[Face], options: MaskOptions) -> dict[str, Mask]:
    """The masks of one frame, by name: alpha scaled to its bits, or labels 0 to 3; black where no face is."""
    size = (frame.height, frame.width)
    made = {name: blank(size, options) for name in options.parts}
    for face in faces:
        seen, width = visibility(face.confidence) * face.share, max(face.mouth_width, 1.0)
        margin = MARGIN + options.edge.reach(width) / width
        box = mouth_box(face, frame.width, frame.height, frame.format, margin)
        if box.empty or seen == 0:
            continue
        parts = mouth_masks(face, box)
        for name, mask in made.items():
            room = mask[box.y0 : box.y1, box.x0 : box.x1]
            if name == LABELS:
                labels = label_map(parts) if seen >= VISIBILITY.label_from else np.uint8(0)
                np.maximum(room, labels, out=room)
                continue
            alpha = options.edge.of(layer(name, parts, face, frame), width)
            scaled = np.round(alpha * np.float32(seen * np.iinfo(mask.dtype).max))
            np.maximum(room, scaled.astype(mask.dtype), out=room)
    return made


def draw(frame: Frame, faces: Sequence[Face], options: MaskOptions) -> Mask:
    """The first of a frame's masks."""
    return next(iter(mattes(frame, faces, options).values()))


def blank(size: tuple[int, int], options: MaskOptions) -> Mask:
    """A mask of (height, width) without any lips."""
    return np.zeros(size, np.uint16) if options.deep else np.zeros(size, np.uint8)


def layer(name: str, parts: MouthMasks, face: Face, frame: Frame) -> Float32:
    """(h, w) float32 0..1 on the pixels of `parts.box`: how much of each is of the layer `name`."""
    if name == "lips":
        return lip_coverage(parts, face.mouth_width)
    if name == "teeth":
        return _teeth(frame, parts.box, face, parts.inner)
    return {"upper": parts.upper, "lower": parts.lower, "inner": parts.inner}[name]


def _teeth(frame: Frame, box: Box, face: Face, inner: Float32) -> Float32:
    """Teeth as `teeth-whiten` finds them: by their colour in the light of the scene."""
    scene = face.scene or glimpse(frame, face.points)
    return teeth(read_patch(frame, box, Space.LINEAR), Space.LINEAR, scene, inner)
