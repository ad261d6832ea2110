"""Choosing faces as a user does: on a clip of two people and two cuts, with a tracks file and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cli.test_apply import pictures
from tests.conftest import RunLipfx, odd
from tests.helpers import duo, media

Picture = NDArray[Any]

RED, BLUE = "#c01030", "#1030c0"
FIRST, SECOND = "first", "second"


@pytest.fixture(scope="module")
def folder(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip, and a photograph of each of its people."""
    folder = tmp_path_factory.mktemp("duo")
    duo.make_clip(talking, folder / "duo.mp4")
    duo.make_photo(talking, folder / "first.png")
    duo.make_photo(talking, folder / "second.png", second=True)
    return folder


@pytest.fixture(scope="module")
def tracks(lipfx: RunLipfx, folder: Path) -> Path:
    done = lipfx("track", folder / "duo.mp4", folder / "duo.jsonl")
    assert (done.returncode, odd(done)) == (0, "")
    return folder / "duo.jsonl"


def painted(before: Path, after: Path) -> list[set[str]]:
    """Who has been made up in each frame, told by where pixels differ."""
    people = []
    for index, (a, b) in enumerate(zip(pictures(before), pictures(after), strict=False)):
        changed = np.flatnonzero((a != b).any(axis=(0, 2)))
        shot = index // duo.SHOT
        right = FIRST if shot == 2 else SECOND
        sides = {right if column >= duo.RIGHT or shot else FIRST for column in changed.tolist()}
        people.append(sides)
    return people


def shots(first: set[str], second: set[str], third: set[str]) -> list[set[str]]:
    return [who for who in (first, second, third) for _ in range(duo.SHOT)]


X, Y = duo.SECOND
CHOICES: dict[str, tuple[list[object], tuple[set[str], set[str], set[str]]]] = {
    "all": ([], ({FIRST, SECOND}, {SECOND}, {FIRST})),
    "largest": (["--faces", "largest"], ({FIRST}, {SECOND}, {FIRST})),
    "2": (["--faces", 2], ({FIRST, SECOND}, {SECOND}, {FIRST})),
    "at": (["--face-at", f"{X},{Y}"], ({SECOND}, {SECOND}, set())),
    "at time": (["--face-at", f"{X},{Y}@0:00.7"], ({SECOND}, {SECOND}, set())),
    "like": (["--face-like", "first.png"], ({FIRST}, set(), {FIRST})),
    "both": (["--face-like", "first.png", "--face-at", f"{X},{Y}"], ({FIRST, SECOND}, {SECOND}, {FIRST})),
}


SELDOM = {"2", "at time", "both"}
"""Choices that the others imply in part."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SELDOM)) for name in CHOICES]
)
def test_those_who_are_chosen_are_made_up_in_every_frame_with_tracks_and_without(
    lipfx: RunLipfx, folder: Path, tracks: Path, tmp_path: Path, name: str
) -> None:
    options, people = CHOICES[name]
    hashes = []
    for reuse in ([], ["--tracks", tracks]):
        output = tmp_path / f"{len(reuse)}.mkv"
        done = lipfx("apply", "lipstick", "duo.mp4", output, "--codec", "ffv1", *options, *reuse, cwd=folder)
        assert (done.returncode, odd(done)) == (0, "")
        assert painted(folder / "duo.mp4", output) == shots(*people)
        hashes.append(media.frame_hashes(output))
    assert len(hashes[0]) == 3 * duo.SHOT
    assert hashes[0] == hashes[1]


def colour(before: Picture, after: Picture) -> str:
    """Whether what was painted is rather red or rather blue."""
    change = (after.astype(int) - before)[(before != after).any(axis=2)].mean(axis=0)
    return RED if change[0] > change[2] else BLUE


@pytest.mark.parametrize("way", ["photographs", "points", "file"])
def test_persons_have_their_own_shade_in_every_shot_with_tracks_and_without(
    lipfx: RunLipfx, folder: Path, tracks: Path, tmp_path: Path, way: str
) -> None:
    ada = f"ada={duo.SECOND[0]},{duo.SECOND[1]}@0.1" if way == "points" else "ada=second.png"
    chain = [f"lipstick:opacity=1,shade={RED},shade@ada={BLUE}"]
    if way == "photographs":
        chain = ["lipstick:opacity=1", "--set", f"shade={RED}", "--set", f"shade@ada={BLUE}"]
    if way == "file":
        written = f'[[effect]]\nuse = "lipstick"\nopacity = 1\nshade = "{RED}"\n"shade@ada" = "{BLUE}"\n'
        (tmp_path / "chain.toml").write_text(written)
        chain = ["--chain", str(tmp_path / "chain.toml")]
    hashes = []
    for reuse in ([], ["--tracks", tracks]):
        output = tmp_path / f"{len(reuse)}.mkv"
        words = [*chain, "duo.mp4", output, "--codec", "ffv1", "--person", ada, *reuse]
        done = lipfx("apply", *words, cwd=folder)
        assert (done.returncode, odd(done)) == (0, "")
        hashes.append(media.frame_hashes(output))
    assert hashes[0] == hashes[1]
    pairs = list(zip(pictures(folder / "duo.mp4"), pictures(output), strict=True))
    left, right = slice(0, duo.RIGHT), slice(duo.RIGHT, None)
    both, second, first = (pairs[k * duo.SHOT : (k + 1) * duo.SHOT] for k in range(3))
    assert {colour(a[:, left], b[:, left]) for a, b in both} == {RED}
    assert {colour(a[:, right], b[:, right]) for a, b in both} == {BLUE}
    assert {colour(a, b) for a, b in second} == {BLUE}
    assert {colour(a, b) for a, b in first} == {RED}


def test_tracks_masks_and_previews_are_of_the_chosen_ones(
    lipfx: RunLipfx, folder: Path, tracks: Path, tmp_path: Path
) -> None:
    chosen, masks, sheet = tmp_path / "chosen.jsonl", tmp_path / "masks", tmp_path / "sheet.png"
    for command in (
        ("track", folder / "duo.mp4", chosen, "--faces", "largest"),
        ("masks", folder / "duo.mp4", masks, "--faces", "largest", "--tracks", tracks),
        ("preview", "lipstick", folder / "duo.mp4", sheet, "--face-like", folder / "first.png", "--count", 3),
    ):
        done = lipfx(*command)
        assert (done.returncode, odd(done)) == (0, "")
    lines = [json.loads(line) for line in chosen.read_text().splitlines()[1:]]
    assert [len(line["faces"]) for line in lines] == [1] * 3 * duo.SHOT
    assert all(line["faces"][0]["box"][2] < duo.RIGHT for line in lines[: duo.SHOT])
    from PIL import Image

    with Image.open(masks / "000003.png") as mask:
        marked = np.flatnonzero(np.asarray(mask).any(axis=0))
    assert 0 < marked.min() < marked.max() < duo.RIGHT
    assert sheet.is_file()


def test_pictures_of_a_folder_are_decided_one_by_one(lipfx: RunLipfx, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for shot in range(3):
        at = ("-vf", f"select=eq(n\\,{shot * duo.SHOT})", "-frames:v", 1)
        media.make(tmp_path / f"in/{shot}.png", "-i", folder / "duo.mp4", *at)
    done = lipfx("track", tmp_path / "in", tmp_path / "out.jsonl", "--face-at", f"{X},{Y}")
    assert (done.returncode, odd(done)) == (0, "")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()[1:]]
    assert [[face["box"][0] > duo.RIGHT for face in line["faces"]] for line in lines] == [[True], [True], []]
    sheet = tmp_path / "sheet.png"
    done = lipfx("preview", "lipstick", tmp_path / "in", sheet, "--count", 3, "--face-at", f"{X},{Y}")
    assert (done.returncode, odd(done)) == (0, "")
    done = lipfx("track", tmp_path / "in", tmp_path / "none.jsonl", "--face-at", "445,425")
    assert (done.returncode, done.stderr.count("no face is at 445,425")) == (1, 1)
    assert not (tmp_path / "none.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--faces", "some"], 2, "all, largest, or how many"),
        (["--faces", "0"], 2, "wanted 1 or more"),
        (["--faces", "2", "--face-at", "1,1"], 2, "choose one way"),
        (["--face-at", "middle"], 2, "640,360@2.5"),
        (["--face-at", "1,1@soon"], 2, "'soon' is no time"),
        (["--face-at", "445,425"], 1, "no face is at 445,425"),
        (["--face-at", "610,200@1.3"], 1, "no face is at 610,200@1.3"),
        (["--face-like", "nowhere.png"], 1, "nowhere.png does not exist"),
        (["--face-like", "faceless.png"], 1, "faceless.png shows no face"),
        (["--person", "ada"], 2, "NAME=PHOTO"),
        (["--person", "ada=first.png"], 2, "shade@ada=ruby"),
        (["--set", "shade@ada=ruby"], 2, "--person ada=PHOTO"),
        (["--set", "shade@ad=ruby", "--person", "ada=first.png"], 2, "did you mean ada"),
        (["--set", "shade@=ruby"], 2, "names nobody"),
    ],
)
def test_wrong_choices_say_what_to_do(
    lipfx: RunLipfx, folder: Path, tracks: Path, tmp_path: Path, options: list[str], status: int, words: str
) -> None:
    if "faceless.png" in options:
        media.make(folder / "faceless.png", "-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", 1)
    output = tmp_path / "out.mp4"
    done = lipfx("apply", "lipstick", "duo.mp4", output, "--tracks", tracks, *options, cwd=folder)
    assert done.returncode == status
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_who_is_not_there_is_named_and_who_is_meant_of_several(
    lipfx: RunLipfx, folder: Path, tracks: Path, tmp_path: Path
) -> None:
    group = media.make(folder / "group.png", "-i", folder / "duo.mp4", "-frames:v", 1)
    done = lipfx(
        *("apply", "lipstick", folder / "duo.mp4", tmp_path / "out.mkv", "--codec", "ffv1"),
        *("--tracks", tracks, "--end", 0.48, "--face-like", group),
        *("--person", f"bea={folder / 'second.png'}", "--set", "shade@bea=plum"),
    )
    assert done.returncode == 0
    assert "shows 2 faces; the largest is meant" in done.stderr
    assert painted(folder / "duo.mp4", tmp_path / "out.mkv") == [{FIRST}] * duo.SHOT
    done = lipfx(
        *(
            "apply",
            "lipstick",
            folder / "duo.mp4",
            tmp_path / "none.mkv",
            "--tracks",
            tracks,
            "--start",
            0.96,
        ),
        *("--face-like", folder / "second.png", "--person", f"bea={folder / 'second.png'}"),
        *("--set", "shade@bea=plum"),
    )
    assert done.returncode == 0
    assert "nobody was found who looks like" in done.stderr
    assert "nobody was recognised as bea" in done.stderr
