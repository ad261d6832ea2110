"""Owns lipfx as Python programs call it, with files or with arrays; must not know the command line.

Frames are pictures of any of these kinds, and results are of the same kind:

- NumPy arrays: (h, w, 3) RGB, (h, w, 4) RGB with straight alpha, or (h, w) grey; sRGB encoded; uint8, uint16,
  or floating point 0..1. **OpenCV's arrays are BGR: say `order="bgr"`**, and results are BGR too.
- Pillow's images of mode RGB, RGBA, L or I;16.
- torch's tensors, on any device, as NumPy's arrays or with channels first, (3, h, w).

What cannot be meant is refused in a line: one picture where several are wanted, numbers from 0 to 255 in
floating point, an array with channels first.

A chain is text such as `"teeth-whiten+lipstick:shade=ruby"`, the path of a TOML file, an effect, or a
sequence of effects.

Which faces are meant is said as on the command line: `choose` is "all", "largest" or how many of the
largest; `face_at` points (x, y) or (x, y, seconds); `face_like` photographs; `persons` the same by name, for
parameters such as `shade@anna`. Whole tracks are chosen, so all faces are looked at before the first picture
is made.

How faces are found is said alike everywhere. weights: a folder of trained weights. shape_predictor: dlib's
68-point file. detector: auto, yunet or dlib. device: auto, cpu, cuda or mps.

Calls do not know of each other: threads may make them at the same time, and asynchronous programs with
`await asyncio.to_thread(lipfx.process_video, ...)`.
"""

from lipfx.api.asked import Chain, File, Largest, Point
from lipfx.api.convert import to_detections, to_pandas, to_rle
from lipfx.api.files import Done, process_images, process_video
from lipfx.api.frames import find_faces, find_masks, process_frames
from lipfx.api.lips import Lips, find_lips
from lipfx.api.session import Session

__all__ = [
    "Chain",
    "Done",
    "File",
    "Largest",
    "Lips",
    "Point",
    "Session",
    "find_faces",
    "find_lips",
    "find_masks",
    "process_frames",
    "process_images",
    "process_video",
    "to_detections",
    "to_pandas",
    "to_rle",
]
