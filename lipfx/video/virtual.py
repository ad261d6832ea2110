"""Owns a camera that other programs see and that shows what it is given; must not know what that is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.errors import MissingToolError, OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEHIND = {"linux": "load the module v4l2loopback", "darwin": "start OBS's virtual camera once"}


class VirtualCamera:
    """A context manager, opened where the first picture tells its size."""

    def __init__(self, rate: float) -> None:
        """rate: pictures a second, which the camera promises its viewers."""
        self._rate = rate
        self._camera: Any = None

    def __enter__(self) -> VirtualCamera:
        """Raises: MissingToolError: pyvirtualcam is not installed."""
        try:
            import pyvirtualcam  # noqa: F401 - whether it is there is told before anything is opened
        except ImportError as error:
            raise MissingToolError(
                f"a virtual camera wants the package pyvirtualcam ({error}); pip install pyvirtualcam"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._camera is not None:
            self._camera.close()

    def send(self, picture: NDArray[np.uint8]) -> None:
        """Shows (h, w, 3) encoded RGB, all of one size.

        Raises: OutputError: the system has no virtual camera.
        """
        import pyvirtualcam

        if self._camera is None:
            height, width = picture.shape[:2]
            try:
                self._camera = pyvirtualcam.Camera(width, height, self._rate)
            except (RuntimeError, ValueError) as error:
                told = " ".join(str(error).split()) or type(error).__name__
                advice = BEHIND.get(sys.platform, "install OBS, which brings one")
                raise OutputError(f"no virtual camera can be opened ({told}); {advice}") from error
        self._camera.send(np.ascontiguousarray(picture))
