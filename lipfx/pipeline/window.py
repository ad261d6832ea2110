"""Owns a window on this machine's display, by OpenCV; must not know what it shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

import cv2

from lipfx.errors import MissingToolError
from lipfx.pipeline.sheet import Picture

LARGEST = (1280, 800)
"""Pixels that a window has at most when it opens; it can be made larger."""
TRIAL = "import cv2; cv2.namedWindow('lipfx'); cv2.waitKey(1)"
ESCAPE = 27
CHARACTER = 0xFF
TRIAL_SECONDS = 30


class Window:
    """A `lipfx.pipeline.screen.Screen`, closed where the block ends. A context manager."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._open = False

    def __enter__(self) -> Window:
        """Raises: MissingToolError: OpenCV has no windows, or there is no display."""
        if not cv2.currentUIFramework():
            raise MissingToolError(
                "this OpenCV is built without windows; pip uninstall opencv-python-headless, then "
                "pip install opencv-python"
            )
        # What OpenCV opens windows with may end the whole process where it finds no display.
        try:
            subprocess.run(
                [sys.executable, "-c", TRIAL], capture_output=True, check=True, timeout=TRIAL_SECONDS
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise MissingToolError(
                "no window can be opened, there is no display; run it in a desktop's terminal"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            cv2.destroyWindow(self._title)

    def show(self, picture: Picture) -> None:
        """Shows (h, w, 3) uint8 encoded RGB; the window takes its shape from the first picture."""
        if not self._open:
            height, width = picture.shape[:2]
            scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self._title, round(width * scale), round(height * scale))
            self._open = True
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def pressed(self) -> Sequence[str]:
        """What was pressed; "q" where the window was closed."""
        found: list[str] = []
        while self._open and (key := cv2.waitKey(1)) >= 0:
            found.append("q" if key == ESCAPE else chr(key & CHARACTER))
        if self._open and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1:
            self._open = False
            found.append("q")
        return found
