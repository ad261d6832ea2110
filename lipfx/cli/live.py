"""Owns `lipfx live`: its arguments and their meaning; must not know how pictures are made or shown."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, echo

from lipfx.cli.chains import effects_and_part
from lipfx.cli.options import ChainOptions, NetworkOptions, PartOptions, RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.cli.report import write_event
from lipfx.core.words import plain
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.pipeline.live import Ended, Feed
    from lipfx.pipeline.options import SourceOptions


@expanded
def live(
    chain: Annotated[
        str | None, Argument(metavar="CHAIN", help="Effects joined by '+'; left out with --chain.")
    ] = None,
    camera: Annotated[
        int | None, Option(metavar="N", min=0, help="The camera, in the system's order; the first is 0.")
    ] = None,
    source: Annotated[
        Path | None, Option("--input", metavar="FILE", help="A video in place of a camera, at its own pace.")
    ] = None,
    record: Annotated[
        str | None,
        Option(metavar="FILE", help="What the key r records to, or a folder for it; else INPUT-CHAIN.mp4."),
    ] = None,
    virtual_camera: Annotated[
        bool, Option("--virtual-camera", help="Be a camera for other programs, too (pyvirtualcam).")
    ] = False,
    *,
    effects: ChainOptions,
    part: PartOptions,
    networks: NetworkOptions,
    run: RunOptions,
) -> None:
    """Show a camera or clip made up, as it comes, in a window.

    Keys: s and S the next and previous shade, f and F the finish, c compares, r records and ends that,
    h hides the line that says so, q quits. Pictures that the machine is too slow for are dropped. There is
    no sound.
    """
    if source is not None and camera is not None:
        raise UsageError("--camera and --input are both given; choose one")
    if effects.person:
        raise UsageError(
            "--person wants a whole clip, which is looked at first; live makes up everybody alike"
        )
    made, name = effects_and_part(None if effects.chain_file else chain, effects)
    settings = {**part.part(), **networks.networks()}
    recorded = output_for(source or Path(f"camera-{camera or 0}"), record, name, ".mp4")

    from lipfx.pipeline.live import live as show
    from lipfx.pipeline.options import SourceOptions
    from lipfx.pipeline.window import Window
    from lipfx.video.virtual import VirtualCamera

    options = SourceOptions(**settings)
    with ExitStack() as stack:
        window = stack.enter_context(Window("lipfx live"))
        feed, rate = _feed(stack, camera or 0, source, options)
        outputs = [stack.enter_context(VirtualCamera(rate))] if virtual_camera else []
        ended = show(made, feed, window, recorded, options, overwrite=run.overwrite, outputs=outputs)
    if not run.quiet:
        _tell(ended, run.log_json)


def _feed(stack: ExitStack, camera: int, source: Path | None, options: SourceOptions) -> tuple[Feed, float]:
    """What is looked at, open for as long as `stack` lasts, and its pictures a second.

    Raises: LipfxError: it cannot be opened.
    """
    from lipfx.pipeline.live import Feed
    from lipfx.video.camera import USUAL_RATE, Camera

    if source is None:
        opened = stack.enter_context(Camera(camera))
        return Feed(opened), opened.rate
    reader = options.open(source)
    clip = reader.clip
    if clip.still:
        raise UsageError(f"{source} is a picture or a folder; live shows a camera or a video")
    frames = stack.enter_context(reader)
    feed = Feed(frames, lambda frame: frame.time, clip.sample_aspect_ratio, clip.inputs)
    return feed, float(clip.frame_rate or USUAL_RATE)


def _tell(ended: Ended, log_json: bool) -> None:
    """The last line, or event, of a run."""
    rate = ended.shown / max(ended.seconds, 1e-9)
    if log_json:
        recordings = [str(path) for path in ended.recordings]
        fields = {"frames": ended.shown, "dropped": ended.dropped, "recordings": recordings}
        write_event("done", **fields, seconds=round(ended.seconds, 3))
        return
    words = f"live: {ended.shown} pictures, {ended.dropped} dropped, {rate:.1f} a second"
    echo(plain(", ".join([words, *(f"recorded {path}" for path in ended.recordings)])), err=True)
