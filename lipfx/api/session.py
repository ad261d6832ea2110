"""Owns lipfx for programs that push frames as they get them; must not know files.

What `lipfx.api` says holds here too.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lipfx.api.asked import Chain, File, effects_of, networks
from lipfx.core.values import Frame, FrameFaces
from lipfx.effects.base import Renderer
from lipfx.effects.personal import check_names
from lipfx.errors import UsageError
from lipfx.video.arrays import as_frame, frame_length, returned, same_size
from lipfx.video.kinds import Given, Order, Picture, check_order, taken

if TYPE_CHECKING:
    from lipfx.pipeline.analysis import Following
    from lipfx.pipeline.stage import Stage


class Session:
    """Makes up RGB frames as they are pushed; of OpenCV's frames say `order="bgr"`.

    Examples:
        >>> session = lipfx.Session("lipstick:shade=ruby", rate=25, causal=True)
        >>> made_up = []
        >>> for frame in frames:
        ...     made_up += session.push(frame)
        >>> made_up += session.flush()
        >>> len(made_up) == len(frames)
        True

    Frames and results are those of `process_frames`: about half a second is held back, so that `push` gives
    none at first and now and then several; with `causal`, each frame is back at once. Threads may share a
    session, which does one thing at a time; from asyncio, `await asyncio.to_thread(session.push, frame)`.
    Networks are loaded by the first push. As a context manager it lets go of what it holds at the end.
    """

    def __init__(
        self,
        chain: Chain,
        *,
        rate: Fraction | float,
        causal: bool = False,
        order: Order = "rgb",
        weights: File | None = None,
        shape_predictor: File | None = None,
        detector: str = "auto",
        device: str = "auto",
    ) -> None:
        """rate: frames a second. order: of the channels of arrays and tensors. The others: see `lipfx.api`.

        Raises: LipfxError: see `lipfx.errors`.
        """
        from lipfx.pipeline.stage import tell_blind, tell_deaf

        if rate is None:
            raise UsageError("rate is None, wanted frames a second; process_frames takes single pictures")
        check_order(order)
        self._effects, self._order, self._length = effects_of(chain), order, frame_length(rate)
        self._causal = causal
        check_names(self._effects, ())
        self._networks = networks(rate, weights, shape_predictor, detector, device, causal, describe=False)
        tell_deaf(self._effects)
        if causal:
            tell_blind(self._effects)
        self._stage: Stage | None = None
        self._turn = threading.Lock()
        self._held = ExitStack()
        self._begin()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._begin()

    def _begin(self) -> None:
        """Another clip: nothing is known of the one before."""
        from lipfx.pipeline.stage import Stage

        self._held.close()
        ended, self._stage = self._stage, Stage(self._effects, at_once=self._causal)
        self._following: Following | None = None
        self._waiting: deque[Given[Any]] = deque()
        self._size: tuple[int, ...] | None = None
        self._count = 0
        if ended is not None:
            ended.end()

    def push(self, frame: Picture) -> list[Picture]:
        """Takes the next frame; gives the pictures that are done, in order.

        Raises:
            InputError: it is no frame, or not of the size of those before; it is left out then.
            LipfxError: see `lipfx.errors`; the session begins anew then, with the next frame.
        """
        with self._turn:
            given = taken(frame, self._count, self._order)
            self._size = same_size(given, self._count, self._size)
            if self._following is None:
                self._following = self._held.enter_context(self._networks.following())
            self._waiting.append(given)
            self._count += 1
            return self._made(self._following.push(as_frame(given, self._count - 1, self._length)))

    def flush(self) -> list[Any]:
        """The pictures that were held back: the clip is over. What is pushed next begins another one.

        Raises: LipfxError: see `lipfx.errors`.
        """
        with self._turn:
            made = [] if self._following is None else self._made(self._following.finish(), over=True)
            self._begin()
            return made

    def _made(self, items: Iterable[tuple[Frame, FrameFaces]], *, over: bool = False) -> list[Any]:
        drawn, made = isinstance(self._effects[-1], Renderer), []
        assert self._stage is not None
        try:
            for frame, found in items:
                made += [self._returned(done, drawn) for done in self._stage.push(frame, found)]
            made += [self._returned(done, drawn) for done in (self._stage.finish() if over else ())]
        except BaseException:
            self._begin()
            raise
        return made

    def _returned(self, made_up: Frame, drawn: bool) -> Any:
        return returned(self._waiting.popleft(), made_up, drawn)
