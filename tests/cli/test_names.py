"""What outputs are called where none is named, and words that say what to do instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import RunLipfx, Variant, odd
from tests.helpers import media

SHORT = ("--end", "0.1")


@pytest.fixture
def clip(talking: Path, tmp_path: Path) -> Path:
    (tmp_path / "in.mp4").symlink_to(talking)
    (tmp_path / "out").mkdir()
    return tmp_path / "in.mp4"


def _made(done: object) -> str:
    """The output that the last line names."""
    return str(getattr(done, "stderr", "")).partition(": ")[0]


def test_an_output_has_a_name_of_its_own_and_never_takes_another_ones_place(
    lipfx: RunLipfx, clip: Path
) -> None:
    for words, wanted in (
        (("apply", "lipstick", "in.mp4"), "in-lipstick.mp4"),
        (("apply", "lipstick", "in.mp4", "--overwrite"), "in-lipstick-2.mp4"),
        (("apply", "teeth-whiten+lipstick:shade=ruby", "in.mp4", "out"), "out/in-teeth-whiten-lipstick.mp4"),
        (("apply", "everyday:opacity=0.4", "in.mp4", "out/"), "out/in-everyday.mp4"),
        (("preview", "gloss", "in.mp4", "--count", "1"), "in-gloss-preview.png"),
        (("masks", "in.mp4"), "in-masks"),
        (("track", "in.mp4"), "in-track.jsonl"),
    ):
        done = lipfx(*words, *SHORT, cwd=clip.parent)
        assert (done.returncode, odd(done), _made(done)) == (0, "", wanted), done.stderr
        assert (clip.parent / wanted).exists()


def test_tracks_go_to_standard_output(lipfx: RunLipfx, clip: Path) -> None:
    done = lipfx("track", clip, "-", *SHORT, cwd=clip.parent)
    assert (done.returncode, odd(done)) == (0, "")
    head, *lines = map(json.loads, done.stdout.splitlines())
    assert (head["format"], head["frames"], len(lines)) == ("lipfx-track", 3, 3)
    assert not (clip.parent / "-").exists()


def test_masks_of_a_person_are_in_a_folder_with_that_name(lipfx: RunLipfx, clip: Path) -> None:
    media.make(clip.with_name("anna.png"), "-i", clip, "-frames:v", "1")
    run = ("masks", "in.mp4", "masks", "--person", "anna=anna.png", *SHORT)
    for words in (run, (*run, "--overwrite")):
        done = lipfx(*words, cwd=clip.parent)
        assert (done.returncode, odd(done)) == (0, "")
        names = sorted(
            str(p.relative_to(clip.parent / "masks")) for p in (clip.parent / "masks").rglob("*.*")
        )
        assert names == ["anna/000000.png", "anna/000001.png", "anna/000002.png", "frames.csv"]
    assert lipfx("masks", "in.mp4", "plain", *SHORT, cwd=clip.parent).returncode == 0
    for name in names[:3]:
        mine, all_ = clip.parent / "masks" / name, clip.parent / "plain" / Path(name).name
        assert mine.read_bytes() == all_.read_bytes()


def test_one_argument_is_counted_as_one(lipfx: RunLipfx) -> None:
    done = lipfx("apply", "lipstick")
    assert done.stderr.startswith("lipfx: 1 argument found, wanted CHAIN INPUT [OUTPUT]")


def test_help_is_that_of_the_command(lipfx: RunLipfx) -> None:
    for words in (("apply",), ("effects", "describe"), ()):
        assert lipfx("help", *words).stdout == lipfx(*words, "--help").stdout


def test_a_preset_is_described_by_its_chain(lipfx: RunLipfx) -> None:
    done = lipfx("effects", "describe", "evening")
    assert (done.returncode, done.stderr) == (0, "")
    assert "teeth-whiten:amount=0.4+lipstick:shade=ruby,finish=gloss,opacity=0.9+liner" in done.stdout
    about = json.loads(lipfx("effects", "describe", "evening", "--json").stdout)
    assert (about["name"], about["kind"]) == ("evening", "preset")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("apply", "lipstick", "in.mp4", "o5.png"), "name numbered pictures, as in o5-%04d.png, or a video"),
        (("apply", "lipstick", "clips", "o.mp4"), "do its videos with `lipfx batch`"),
        (("track", "https://example.org/in.mp4", "t.jsonl"), "https://example.org/in.mp4 is an address"),
        (("masks", "in.mp4", "m", "--start", "99"), "has its last picture at 4.960 s, before --start 99"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(
    lipfx: RunLipfx, clip: Path, words: tuple[str, ...], said: str
) -> None:
    (clip.parent / "clips").mkdir()
    (clip.parent / "clips" / "one.mp4").symlink_to(clip.resolve())
    done = lipfx(*words, cwd=clip.parent)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr


def test_words_fit_the_job(lipfx: RunLipfx, variant: Variant, clip: Path) -> None:
    source, folder = variant("no_face.mp4"), clip.parent
    assert "no face was found" in (words := odd(lipfx("masks", source, folder / "m", *SHORT)))
    assert words.endswith("; all masks are black\n")
    late = odd(lipfx("masks", clip, folder / "late", "--during", "7-9"))
    assert late.endswith(f"--during names none of the frames taken from {clip}; all masks are black\n")
    words = odd(lipfx("track", source, folder / "t.csv", *SHORT))
    assert re.search(r"t.csv holds JSON Lines, whatever its name says; call it .jsonl\n", words)
    assert words.endswith("; no line of the file has any\n")
