"""Which clips are meant by files, folders, patterns and lists, and what their outputs are called."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from lipfx.batch.clashes import check_inputs, check_outputs
from lipfx.batch.folder import LocalFolder
from lipfx.batch.found import Found
from lipfx.batch.inputs import find_clips
from lipfx.batch.lists import Row, read_list
from lipfx.batch.naming import checked_name, output_name
from lipfx.errors import InputError, UsageError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as people have it, and a batch's folder within it."""
    names = ["b.mp4", "a.MOV", "day 1/c.mkv", "day 1/deep/d.ts", "out/b.mp4", ".trash/e.mp4"]
    names += [".f.mp4", "g.mp4.part", "h.crdownload", "notes.txt", "cover.jpg", ".b.lipfx-77.mp4"]
    for name in names:
        (tmp_path / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clips" / name).write_bytes(b"x")
    (tmp_path / "clips" / "gone.mp4").symlink_to("nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "clips" / "pipe.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(found: list[Found]) -> list[str]:
    return [clip.relative for clip in found]


def test_folder_gives_videos_with_their_tree(tree: Path) -> None:  # noqa: ARG001
    found = find_clips(["clips"], "clips/out")
    assert names(found) == ["a.MOV", "b.mp4", "gone.mp4", "day 1/c.mkv", "day 1/deep/d.ts"]
    assert {clip.root for clip in found} == {"clips"}
    assert "cover.jpg" in names(find_clips(["clips"], "clips/out", pictures=True))


def test_pattern_keeps_the_tree_below_its_fixed_part(tree: Path) -> None:  # noqa: ARG001
    assert names(find_clips(["clips/day*/**/*.*"], "out")) == ["day 1/c.mkv", "day 1/deep/d.ts"]
    assert names(find_clips(["clips/*.mp4"], "clips/out")) == ["b.mp4"]


def test_what_is_named_is_taken_as_it_is_and_once(tree: Path) -> None:  # noqa: ARG001
    assert names(find_clips(["clips/notes.txt", "clips/b.mp4", "clips"], "clips/out"))[:2] == [
        "notes.txt",
        "b.mp4",
    ]
    assert len(find_clips(["clips", "clips"], "clips/out")) == 5


def test_a_file_whose_name_is_a_pattern_is_that_file(tree: Path) -> None:
    (tree / "take[1].mp4").write_bytes(b"x")
    assert names(find_clips(["take[1].mp4"], "out")) == ["take[1].mp4"]


@pytest.mark.parametrize("word", ["missing.mp4", "nothing/*.mp4", "empty"])
def test_nothing_there_is_said_at_once(tree: Path, word: str) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(InputError, match=r"no such file|holds no video"):
        find_clips([word], "out")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a.mp4\n# no\n\nb c.mp4\n", [Row("a.mp4"), Row("b c.mp4")]),
        (
            "\ufeffinput, start,end,chain\na.mp4, 1,0:02.5,\nb.mp4,,,blur\n",
            [Row("a.mp4", start="1", end="0:02.5"), Row("b.mp4", chain="blur")],
        ),
        ('"Input","chain"\n"a, b.mp4","blur"\n', [Row("a, b.mp4", chain="blur")]),
        (
            '{"input": "a.mp4", "person": ["anna=a.png", "eva=b.png"], "start": 1.5}\n',
            [Row("a.mp4", start=1.5, person=["anna=a.png", "eva=b.png"])],
        ),
    ],
)
def test_lists_of_three_kinds(tmp_path: Path, text: str, rows: list[Row]) -> None:
    (tmp_path / "list").write_text(text)
    assert read_list(str(tmp_path / "list")) == rows


def test_list_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('input,person\na.mp4,"anna=a.png; eva=9,9"\n'))
    assert read_list("-")[0].persons == ["anna=a.png", "eva=9,9"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input,colour\na.mp4,red\n", "column 'colour'"),
        ('{"input": 3}\n', "line 1"),
        ("input,end\n,3\n", "line 2"),
        ("\n#\n", "holds no clip"),
    ],
)
def test_malformed_lists_say_where(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises((UsageError, InputError), match=words):
        read_list(str(tmp_path / "list"))


@pytest.mark.parametrize(
    ("relative", "template", "name"),
    [
        ("day 1/a.MOV", "{folder}/{stem}{suffix}", "day 1/a.MOV"),
        ("a.mpg", "{folder}/{stem}{suffix}", "a.mkv"),
        ("x/a.mpg", "{root}-{stem}-{ext}.mp4", "clips-a-mpg.mp4"),
        ("x/a.mp4", "{parent}_{name}", "x_a.mp4"),
    ],
)
def test_names_from_templates(relative: str, template: str, name: str) -> None:
    assert output_name(Found(f"/data/clips/{relative}", relative, "/data/clips"), template) == name


@pytest.mark.parametrize(
    "name", ["../a.mp4", "/a.mp4", "", "batch.jsonl", ".lipfx-batch/a.mp4", "index.html"]
)
def test_names_stay_in_the_folder_and_off_its_own_files(name: str) -> None:
    with pytest.raises(UsageError, match=r"--out|keeps for itself"):
        checked_name(name)


@pytest.mark.parametrize("template", ["{stem", "{colour}.mp4", "{stem.__class__}", "{0}"])
def test_malformed_templates_are_refused(template: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        output_name(Found("a.mp4", "a.mp4"), template)


def test_collisions_name_both_inputs() -> None:
    with pytest.raises(UsageError, match=r"x/a\.mp4 and y/a\.mp4 would both become a\.mp4"):
        check_outputs([("a.mp4", "x/a.mp4"), ("a.mp4", "y/a.mp4")])
    with pytest.raises(UsageError, match=r"a/b\.mp4 would lie within that of a\.mp4"):
        check_outputs([("a", "a.mp4"), ("a/b", "a/b.mp4")])


def test_no_output_takes_the_place_of_an_input_whatever_links_lead_there(tmp_path: Path) -> None:
    clip = tmp_path / "clips" / "a.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"x")
    (tmp_path / "out").symlink_to("clips")
    (tmp_path / "linked.mp4").symlink_to("clips/a.mp4")
    out = LocalFolder(tmp_path / "out")
    for source in (
        str(clip),
        str(tmp_path / "linked.mp4"),
        str(tmp_path / "clips" / ".." / "clips" / "a.mp4"),
    ):
        with pytest.raises(UsageError, match="would replace the input"):
            check_inputs([("a.mp4", source)], out)
    check_inputs([("b.mp4", str(clip))], out)
    (clip.parent / "A.MP4").hardlink_to(clip)  # one file under two names, as where case does not count
    with pytest.raises(UsageError, match="would replace the input"):
        check_inputs([("A.MP4", str(clip))], out)
