"""lipfx finds lips in video and makes them up.

    import lipfx

    lipfx.process_video("in.mp4", "out.mp4", "lipstick:shade=ruby,finish=gloss")

`process_video` works on files, `process_frames` and `find_faces` on NumPy arrays of your own. Nothing heavy
is imported before one of them is used. Errors are those of `lipfx.errors`.
"""

from typing import TYPE_CHECKING

from lipfx.version import __version__ as __version__

if TYPE_CHECKING:
    from lipfx.api import find_faces, process_frames, process_video

__all__ = ["find_faces", "process_frames", "process_video"]

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'lipfx' has no attribute {name!r}")
        from lipfx import api

        return getattr(api, name)

    def __dir__():
        return [*globals(), *__all__]
