"""What a rerun does again, which part of a batch a clip belongs to, and what settings a record remembers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lipfx.batch.folder import LocalFolder
from lipfx.batch.found import Found
from lipfx.batch.hashes import analysis_hash, resumed_hash, settings_hash
from lipfx.batch.plan import Rules, Shard, Verdict, Wanted, make_plan
from lipfx.batch.records import Record, Records
from lipfx.batch.signature import digest_of, same_clip, signature_of
from lipfx.batch.task import Job
from lipfx.core.cores import SHARE, cores
from lipfx.effects.chain import parse_items
from lipfx.effects.registry import build_chain
from lipfx.errors import InputError, OutputError
from lipfx.pipeline import ApplyOptions, TrackOptions
from lipfx.pipeline.retouch import Corrections

RULES = Rules()


def job(chain: str = "blur", **options: object) -> Job:
    return Job("apply", ApplyOptions(**options), parse_items(chain), text=chain)  # type: ignore[arg-type]


class Batch:
    """One clip, a batch's folder, and what was recorded of the clip."""

    def __init__(self, folder: Path) -> None:
        self.clip = folder / "a.mp4"
        self.clip.write_bytes(b"a" * 300_000)
        self.folder = LocalFolder(folder / "out")

    def verdict(self, done: Job | None = None, rules: Rules = RULES) -> Verdict:
        wanted = [Wanted(Found(str(self.clip), "a.mp4"), "a.mp4", done or job())]
        (planned,) = make_plan(wanted, self.folder, Records(self.folder).read(), rules)
        self.planned = planned
        return planned.verdict

    def record(self, outcome: str, *, output: bool = True) -> None:
        """Makes the record of a run that has just ended so."""
        self.verdict()
        task, stamp = self.planned.task, self.clip.stat()
        told = Record(
            key=task.key,
            input=task.source,
            output=task.output,
            outcome=outcome,  # type: ignore[arg-type]
            do="apply",
            settings=task.settings,
            size=stamp.st_size,
            modified=str(stamp.st_mtime_ns),
            digest=digest_of(self.clip),
        )
        Records(self.folder).write(told)
        if output:
            self.folder.write("a.mp4", b"made up")


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def test_what_was_never_done_is_done_unless_its_name_is_taken(batch: Batch) -> None:
    assert batch.verdict() is Verdict.NEW
    batch.folder.write("a.mp4", b"somebody's")
    assert batch.verdict() is Verdict.EXISTS
    assert batch.verdict(rules=Rules(overwrite=True)) is Verdict.NEW


def test_what_is_done_stays_while_nothing_has_changed(batch: Batch) -> None:
    batch.record("done")
    assert batch.verdict() is Verdict.DONE
    assert batch.verdict(rules=Rules(overwrite=True, retry_failed=True)) is Verdict.DONE
    assert batch.verdict(job(overwrite=True, device="cpu")) is Verdict.DONE
    os.utime(batch.clip)  # copied or restored, the same bytes
    assert batch.verdict() is Verdict.DONE


@pytest.mark.parametrize("place", [0, 150_000, 299_999])
def test_another_clip_of_the_same_size_is_another_clip(batch: Batch, place: int) -> None:
    batch.record("done")
    content = bytearray(batch.clip.read_bytes())
    content[place] = 0
    batch.clip.write_bytes(content)
    assert batch.verdict() is Verdict.CHANGED
    assert batch.verdict(rules=Rules(overwrite=True)) is Verdict.AGAIN


@pytest.mark.parametrize("changed", [job("blur:strength=0.5"), job(crf=20), job(start=0.5), job("tint")])
def test_other_settings_are_another_batch(batch: Batch, changed: Job) -> None:
    batch.record("done")
    assert batch.verdict(changed) is Verdict.CHANGED


def test_what_failed_waits_to_be_asked_for_or_for_a_change(batch: Batch) -> None:
    batch.record("failed", output=False)
    assert batch.verdict() is Verdict.FAILED
    assert batch.verdict(rules=Rules(retry_failed=True)) is Verdict.AGAIN
    assert batch.verdict(job("tint")) is Verdict.AGAIN
    batch.clip.write_bytes(b"mended")
    assert batch.verdict() is Verdict.AGAIN


def test_what_failed_does_not_replace_a_file_that_has_come_to_be(batch: Batch) -> None:
    batch.record("failed")
    assert batch.verdict(rules=Rules(retry_failed=True)) is Verdict.EXISTS
    assert batch.verdict(rules=Rules(retry_failed=True, overwrite=True)) is Verdict.AGAIN


@pytest.mark.parametrize("option", [{"detector": "yunet"}, {"stream": 1}, {"deinterlace": True}])
def test_faces_that_were_found_otherwise_are_others(option: dict[str, object]) -> None:
    plain, other = (Job("track", TrackOptions(**o)) for o in ({}, option))  # type: ignore[arg-type]
    assert analysis_hash(plain) != analysis_hash(other)
    assert analysis_hash(plain) == analysis_hash(Job("track", TrackOptions(force=True, device="cpu")))


def test_what_a_killed_run_had_begun_or_lost_is_done_again(batch: Batch) -> None:
    batch.record("started")  # its output may be there: it was killed before it could say so
    assert batch.verdict() is Verdict.AGAIN
    assert batch.planned.task.replaces
    batch.record("done", output=False)
    (Path(batch.folder.address) / "a.mp4").unlink()
    assert batch.verdict() is Verdict.AGAIN


def test_damaged_records_count_as_missing_and_strange_ones_are_refused(batch: Batch) -> None:
    batch.record("done")
    (record,) = (Path(batch.folder.address) / ".lipfx-batch" / "records").iterdir()
    whole = record.read_bytes()
    record.write_bytes(whole[:40])
    assert batch.verdict() is Verdict.EXISTS
    record.write_bytes(whole.replace(b'"version":1', b'"version":2'))
    with pytest.raises(InputError, match="version 2"):
        batch.verdict()


def test_records_outlast_a_full_disk(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.record("done")
    records = Records(batch.folder)
    (told,) = records.read().values()

    def full(*_: object) -> None:
        raise OutputError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(batch.folder, "write", full)
        records.write(replace_outcome(told, "failed"))
        with pytest.raises(OutputError):
            records.flush()
    records.flush()
    assert [record.outcome for record in records.write_list()] == ["failed"]


def replace_outcome(record: Record, outcome: str) -> Record:
    import msgspec

    return msgspec.structs.replace(record, outcome=outcome)


def test_a_clips_shard_does_not_depend_on_the_others() -> None:
    names = [f"day {n % 7}/{n}.mp4" for n in range(400)]
    parts = {name: [s for s in range(1, 5) if Shard(s, 4).has(Found(name, name))] for name in names}
    assert all(len(part) == 1 for part in parts.values())
    sizes = [sum(part == [s] for part in parts.values()) for s in range(1, 5)]
    assert min(sizes) > 60
    elsewhere = Found("/mnt/other/day 1/1.mp4", "day 1/1.mp4", "/mnt/other")
    assert Shard(parts["day 1/1.mp4"][0], 4).has(elsewhere)


def test_settings_know_the_files_that_a_chain_names(tmp_path: Path) -> None:
    effect = tmp_path / "glow.py"
    code = "from lipfx.effects import Effect\nclass Glow(Effect):\n def render(self, patch): return 1.1\n"
    hashes = set()
    for text in (code, code.replace("1.1", "1.2"), code):
        effect.write_text(text)
        done = job(str(effect))
        hashes.add(settings_hash(done, build_chain(done.items)))
    assert len(hashes) == 2


def test_settings_know_the_palette_that_a_shade_is_of(tmp_path: Path) -> None:
    palette = tmp_path / "brand.json"
    hashes = set()
    for time, colour in enumerate(("#aa0000", "#00aa00", "#aa0000")):
        palette.write_text(f'{{"shades": {{"red": "{colour}"}}}}')
        os.utime(palette, (time, time))
        done = job(f"lipstick:shade={palette}:red")
        hashes.add(settings_hash(done, build_chain(done.items)))
    assert len(hashes) == 2


def test_parts_that_are_left_know_tracks_and_folders_of_mattes(tmp_path: Path) -> None:
    tracks, mattes = tmp_path / "tracks.jsonl", tmp_path / "mattes"
    mattes.mkdir()

    def told(**options: Any) -> str:
        done = job(**options)
        return resumed_hash(done, build_chain(done.items))

    hashes = [told(), told(corrections=Corrections(holdout=mattes))]
    (mattes / "000000.png").write_bytes(b"white")
    hashes.append(told(corrections=Corrections(holdout=mattes)))
    for text in ("one", "two"):
        tracks.write_text(text)
        os.utime(tracks, (len(hashes), len(hashes)))
        hashes.append(told(tracks=tracks))
    assert len(set(hashes)) == len(hashes)


def test_a_folder_of_pictures_changes_with_any_of_them(tmp_path: Path) -> None:
    frame = tmp_path / "0001.png"
    frame.write_bytes(b"one")
    before = signature_of(str(tmp_path))
    assert same_clip(str(tmp_path), signature_of(str(tmp_path)), before)
    folder = tmp_path.stat()
    frame.write_bytes(b"another")
    os.utime(tmp_path, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    assert not same_clip(str(tmp_path), signature_of(str(tmp_path)), before)


def test_cores_are_the_share_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARE, raising=False)
    assert 1 <= cores() <= (os.cpu_count() or 1)
    monkeypatch.setenv(SHARE, "3")
    assert cores() == 3
