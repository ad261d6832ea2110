"""Owns looking at the input while the rest of lipfx is imported, which takes as long; must not know any
command."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.cli.options import PartOptions

if TYPE_CHECKING:
    from lipfx.video.clip import Clip


@contextmanager
def looking(source: Path, part: PartOptions) -> Iterator[Future[Clip | None]]:
    """The block imports what is needed later; afterwards it is known what is in `source`.

    The result: None where pictures are; raises LipfxError: see `lipfx.video.source.open_source`.
    """
    from lipfx.video.source import look

    with ThreadPoolExecutor(1, "lipfx-look") as aside:
        yield aside.submit(look, source, stream=part.stream, patience=part.probe_timeout)
