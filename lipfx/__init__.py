"""lipfx finds lips in video and makes them up.

    import lipfx

    lipfx.process_video("in.mp4", "out.mp4", "lipstick:shade=ruby,finish=gloss")

`process_video` and `process_images` work on files; `process_frames`, `find_faces`, `find_masks` and
`find_lips` on pictures of your own, `Session` on those that you push; `to_detections`, `to_rle` and
`to_pandas` say what was found in the terms of supervision, COCO and pandas. Nothing heavy is imported before
one of them is used. Errors are those of `lipfx.errors`.
"""

from typing import TYPE_CHECKING

from lipfx.version import __version__ as __version__

if TYPE_CHECKING:
    from lipfx.api import (
        Done,
        Lips,
        Session,
        find_faces,
        find_lips,
        find_masks,
        process_frames,
        process_images,
        process_video,
        to_detections,
        to_pandas,
        to_rle,
    )

__all__ = [
    "Done",
    "Lips",
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

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'lipfx' has no attribute {name!r}")
        from lipfx import api

        return getattr(api, name)

    def __dir__():
        return [*globals(), *__all__]
