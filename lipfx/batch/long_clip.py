"""Owns rendering one clip in parts, at the same time, and joining them; must not know how a part is rendered.

This process finds the faces, in one pass; each part is a task that the engine gets as soon as its faces are
known, with a file of its own. Whoever stops in the middle goes on with the parts that are whole.
"""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from threading import Lock

import msgspec

from lipfx import errors
from lipfx.batch.engine import Engine
from lipfx.batch.engines import EngineName, open_engine
from lipfx.batch.folder import open_folder
from lipfx.batch.hashes import resumed_hash
from lipfx.batch.kept import kept_room
from lipfx.batch.plan import key_of
from lipfx.batch.records import Record, Records
from lipfx.batch.run import Limits, Moved, News, Over, Run, Stop
from lipfx.batch.signature import digest_of
from lipfx.batch.task import Job, Setup, Task
from lipfx.compositing.compose import Compositor
from lipfx.core.cores import cores
from lipfx.core.temporary import check_inputs
from lipfx.core.values import Frame
from lipfx.effects.base import Effect, Reach, reach_of
from lipfx.effects.personal import check_names
from lipfx.errors import EffectError, FfmpegError, LipfxError, UsageError
from lipfx.persons.choice import Choice
from lipfx.pipeline import ApplyOptions, Profile, Watch, apply
from lipfx.pipeline.beside import listens, write_loudness
from lipfx.pipeline.options import Progress
from lipfx.pipeline.parts import Part, PartOptions, Survey
from lipfx.pipeline.provenance import provenance
from lipfx.video.clip import Clip
from lipfx.video.loudness import loudness_of
from lipfx.video.packets import key_times
from lipfx.video.source import FrameReader, is_still
from lipfx.video.stills.naming import is_pattern, is_picture, is_sequence
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.parts import PART_SUFFIX, Joiner, OnePiece, is_whole
from lipfx.video.writing.target import Target

PARTS_OF_ONE = 4
"""Parts for each place: the last ones end together."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds that a part lasts: an encoder needs some to be good, and a crash may cost no more."""
PLACES_ON_RAY = 8
"""Reckoned with where a cluster decides."""
SURVEYED = "surveyed.json"

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who renders parts: `jobs` at a time, None as many as a cluster has cores for. address: of a cluster."""

    jobs: int | None = None
    engine: EngineName = "pool"
    address: str | None = None

    @property
    def places(self) -> int:
        return self.jobs or PLACES_ON_RAY


def apply_together(
    job: Job,
    chain: Sequence[Effect],
    source: Path,
    output: Path,
    crowd: Crowd,
    *,
    progress: Progress,
    watch: Watch,
    profile: Profile,
) -> None:
    """Does what `lipfx.pipeline.apply` does, with the help of others; in one piece where it has to be, and
    says so. job: the same chain as it was written, with `ApplyOptions`.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = job.options
    assert isinstance(options, ApplyOptions)
    try:
        if is_still(source) or is_pattern(source) or is_picture(output) or is_sequence(output):
            raise OnePiece("there is one picture, or a file each")
        if (options.start, options.end) != (None, None) and reach_of(chain) != Reach():
            raise OnePiece("its effects look beyond --start or --end")
        _Together(job, options, chain, source, output, crowd, profile).run(progress, watch)
    except OnePiece as why:
        log.warning("%s is rendered in one piece: %s", output.name, why)
        apply(chain, source, output, options, progress=progress, watch=watch, profile=profile)


@dataclass
class _Together:
    """One clip on its way."""

    job: Job
    options: ApplyOptions
    chain: Sequence[Effect]
    source: Path
    output: Path
    crowd: Crowd
    profile: Profile
    parts: list[Part] = field(default_factory=list)
    loudness: Path | None = None

    def run(self, progress: Progress, watch: Watch) -> None:
        options = self.options
        check_names(self.chain, options.choice.persons)
        reader = options.open(self.source)
        compositor = Compositor(self.chain, clock=reader.clip.clock)
        check_inputs(self.output, options.inputs)
        encoding = Encoding(options.codec, options.crf, options.preset, options.encoder_args, options.pix_fmt)
        told = provenance(self.chain, options.weights) if options.provenance else ""
        cut = Cut(options.start, options.end)
        key = f"{resumed_hash(self.job, self.chain)} {digest_of(self.source)}"
        chosen: list[tuple[Frame, Target]] = []
        joiner = Joiner(
            self.output, reader.clip, encoding, cut=cut, overwrite=options.overwrite, provenance=told
        )

        def begin(first: Frame) -> None:
            form, colour = compositor.output_format(first.format, first.colour)
            frame = replace(first, format=form, colour=colour)
            chosen.append((frame, joiner.choose(frame)))

        with joiner, kept_room(self.output, key) as room:
            try:
                if listens(self.chain):
                    self.loudness = write_loudness(loudness_of(reader.clip), room / "loudness.npy")
                survey = self._survey(reader, room)
                self._render(survey, room, begin, progress, watch)
                with self.profile.work.on("joining"):
                    frame, target = chosen[0]
                    pictures = [part.pictures for part in self.parts]
                    joiner.join(target, frame, survey.table, pictures, room)
                self.profile.work.count("frames written", joiner.frame_count)
            except BaseException as error:
                self._keep(room, error)
                raise
            shutil.rmtree(room)
        for note in dict.fromkeys(joiner.notes):
            log.warning("%s", note)

    def _survey(self, reader: FrameReader, room: Path) -> Survey:
        clip, options = reader.clip, self.options
        seconds = min(max(self._lasts(clip) / (PARTS_OF_ONE * self.crowd.places), SHORTEST), LONGEST)
        keys = [] if clip.restarts else key_times(clip.path, clip.video.index)
        return Survey(
            reader,
            options,
            room,
            seconds,
            keys,
            reach_of(self.chain),
            _read_surveyed(room),
            self.profile.work,
        )

    def _render(
        self,
        survey: Survey,
        room: Path,
        begin: Callable[[Frame], None],
        progress: Progress,
        watch: Watch,
    ) -> None:
        """Has all parts rendered while faces are found."""
        frames = self.options.frames_of(survey.reader.clip)
        tally = _Tally(progress, frames)
        stop, failed = Stop(), list[Record]()

        def tell(news: News) -> None:
            if isinstance(news, Moved):
                tally.rendered(news.task.key, news.done)
            elif isinstance(news, Over):
                for warning in news.record.warnings:
                    log.warning("%s", warning)
                if news.record.outcome == "failed":
                    failed.append(news.record)
                    stop.ask(at_once=True)

        work = room / "work"
        work.mkdir(exist_ok=True)
        records = Records(open_folder(str(room), work))
        run = Run([], records, Limits(), tell, stop, more=True)
        with ThreadPoolExecutor(1, "lipfx-parts") as aside:
            rendering = aside.submit(run.on, self._engine(survey.reader.clip, room, work))
            try:
                with closing(survey.parts(begin, tally.surveyed, watch)) as parts:
                    for part in parts:
                        self.parts.append(part)
                        if is_whole(part.pictures, part.frames):
                            tally.rendered(part.pictures.name, part.frames)
                        else:
                            run.add(self._task(part, survey.reader))
                        if rendering.done():
                            break
                    else:
                        _write_surveyed(room, self.parts)
                run.close()
                rendering.result()
            finally:
                stop.ask(at_once=True)
        if failed:
            raise _error(failed[0])

    def _lasts(self, clip: Clip) -> float:
        """Seconds of the clip that are meant, as it says; not above 0 where it does not."""
        options = self.options
        return (clip.duration if options.end is None else options.end) - (options.start or 0.0)

    def _engine(self, clip: Clip, room: Path, work: Path) -> Engine:
        crowd, lasts = self.crowd, self._lasts(clip)
        places = min(crowd.places, math.ceil(lasts / SHORTEST)) if lasts > 0 else crowd.places
        threads = 2 if crowd.engine == "ray" else max(1, cores() // places)
        setup = Setup(folder=str(room), room=work, threads=threads)
        return open_engine(crowd.engine, crowd.jobs, places, setup, crowd.address)

    def _task(self, part: Part, reader: FrameReader) -> Task:
        given = {option.name: getattr(self.options, option.name) for option in fields(ApplyOptions)}
        given |= {"tracks": part.tracks, "choice": Choice(), "min_confidence": 0.0, "clip": reader.clip}
        given |= {"during": (), "fade": 0.0, "fixes": None}  # the tracks tell of them
        options = PartOptions(
            **given,
            table=part.table,
            skip=part.reach.before,
            rest=part.reach.after,
            suffix=self.output.suffix.lower(),
            loudness=self.loudness,
        )
        name = part.pictures.name
        job = replace(self.job, options=options)
        return Task(key_of(name), str(self.source.absolute()), name, job, "", "", replaces=True)

    def _keep(self, room: Path, error: BaseException) -> None:
        """Leaves what is whole to the next run, unless that would meet the same error again."""
        whole = len(list(room.glob(f"[0-9]*{PART_SUFFIX}")))
        lost = isinstance(error, OnePiece | EffectError | UsageError)
        if lost or not (whole or (room / SURVEYED).exists()):
            shutil.rmtree(room, ignore_errors=True)
            return
        shutil.rmtree(room / "work", ignore_errors=True)
        log.warning("%d parts are kept in %s; the same command goes on with them", whole, room.name)


class _Tally:
    """Frames that were looked at, in a thread, and rendered, in another, as one number."""

    def __init__(self, progress: Progress, frames: int | None) -> None:
        self._progress = progress
        self._frames = frames
        self._lock = Lock()
        self._surveyed: tuple[int, int | None] = (0, None)
        self._rendered: dict[str, int] = {}

    def surveyed(self, done: int, total: int | None) -> None:
        with self._lock:
            self._surveyed = (done, total)
            self._tell()

    def rendered(self, key: str, done: int) -> None:
        with self._lock:
            self._rendered[key] = done
            self._tell()

    def _tell(self) -> None:
        done, total = self._surveyed
        all_of_it = None if total is None or self._frames is None else total + self._frames
        self._progress(done + sum(self._rendered.values()), all_of_it)


def _error(record: Record) -> LipfxError:
    """What was raised where a part was rendered."""
    kind = getattr(errors, record.error_kind, LipfxError)
    if kind is FfmpegError:
        return FfmpegError(record.error, (), "")
    error = kind(record.error)
    assert isinstance(error, LipfxError)
    return error


def _write_surveyed(room: Path, parts: Sequence[Part]) -> None:
    aside = room / f".{SURVEYED}"
    aside.write_bytes(msgspec.json.encode(parts, enc_hook=str))
    aside.replace(room / SURVEYED)


def _read_surveyed(room: Path) -> list[Part]:
    """The parts of an earlier run's whole pass, with their faces; none where it did not come to its end."""
    try:
        content = (room / SURVEYED).read_bytes()
        parts = msgspec.json.decode(content, type=list[Part], dec_hook=lambda kind, value: kind(value))
    except (OSError, msgspec.DecodeError):
        return []
    return parts if all(part.tracks.is_file() for part in parts) else []
