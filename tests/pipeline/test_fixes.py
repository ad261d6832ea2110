"""Owns the promises of what is said by time: parts of a clip, fades, corrections and keys in a chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.moments import Clock, Span
from lipfx.core.values import Colour, Frame, FrameFaces, MouthMap, PixelFormat
from lipfx.effects.registry import load_chain_file, parse_chain
from lipfx.errors import LipfxError, UsageError
from lipfx.pipeline import ApplyOptions, apply, track
from lipfx.pipeline.fixes import fixed, read_fixes, within
from lipfx.pipeline.options import SourceOptions
from lipfx.video.source import open_source
from tests.helpers.mouths import face_at, flat_frame

GREY = PixelFormat("gray", 8, grey=True)
CLOCK = Clock(Fraction(25))


def items(count: int = 10) -> Iterator[tuple[Frame, FrameFaces]]:
    """Two faces; the first goes two pixels to the right a frame."""
    blank = flat_frame(GREY, (0,), Colour(), 16, 16)
    for i in range(count):
        frame = replace(blank, index=i, pts=i, time_base=Fraction(1, 25))
        mouth = MouthMap(np.full((3, 96, 96), i, np.uint8), np.eye(2, 3))
        faces = (
            face_at((100 + 2 * i, 50), confidence=0.3, mouth=mouth),
            replace(face_at((300, 50), track_id=2), person="anna"),
        )
        yield frame, FrameFaces(i, frame.time, faces)


def told(text: str, tmp_path: Path, **options: object) -> list[FrameFaces]:
    path = tmp_path / "fixes.toml"
    path.write_text(text)
    return [faces for _, faces in fixed(items(), SourceOptions(fixes=path, **options), CLOCK)]  # type: ignore[arg-type]


def ids(found: list[FrameFaces]) -> list[list[int]]:
    return [[face.track_id for face in faces.faces] for faces in found]


def test_faces_count_in_parts_alone_and_come_and_go() -> None:
    options = SourceOptions(during=(Span.read("1f-3f"), Span.read("0.2-0.36")), fade=0.08)
    shares = [[face.share for face in faces.faces] for _, faces in within(items(), options, CLOCK)]
    assert [len(own) for own in shares] == [0, 0, 2, 0, 0, 0, 2, 2, 2, 0]
    assert [own[0] for own in shares if own] == pytest.approx([0.5, 0.5, 1, 0.5])


def test_a_face_is_hidden_by_number_or_name(tmp_path: Path) -> None:
    found = told(
        '[[hide]]\nduring = "2f-4f"\nface = 1\n[[hide]]\nduring = "3f-"\nperson = "anna"\n', tmp_path
    )
    assert ids(found)[:6] == [[1, 2], [1, 2], [2], [], [1], [1]]


def test_lips_in_doubt_are_shown(tmp_path: Path) -> None:
    found = told('[[show]]\nduring = "00:00:00:02-00:00:00:04"\n', tmp_path)
    assert [faces.faces[0].confidence for faces in found][:5] == [0.3, 0.3, 1, 1, 0.3]


def test_a_mouth_stands_for_those_of_other_frames(tmp_path: Path) -> None:
    found = told('[[take]]\nfrom = "2f"\nduring = "3f-6f"\nface = 1\n', tmp_path)
    assert [int(faces.faces[0].points[:, 0].mean()) for faces in found[1:7]] == [102, 104, 104, 104, 104, 112]
    mouths = [faces.faces[0].mouth for faces in found]
    assert [int(mouth.classes[0, 0, 0]) for mouth in mouths if mouth] == [0, 1, 2, 2, 2, 2, 6, 7, 8, 9]


def test_a_mouth_that_is_taken_may_go_with_the_face(tmp_path: Path) -> None:
    found = told('[[take]]\nfrom = "2f"\nduring = "3f-6f"\nface = 1\nfollow = true\n', tmp_path)
    for i, faces in enumerate(found):
        face = faces.faces[0]
        assert face.points.mean(axis=0)[0] == pytest.approx(found[0].faces[0].points.mean(axis=0)[0] + 2 * i)
        assert face.mouth is not None
        assert face.mouth.to_frame[0, 2] == pytest.approx(2 * (i - 2) if 3 <= i < 6 else 0)


def test_a_mouth_is_moved_with_its_map(tmp_path: Path) -> None:
    found = told('[[move]]\nduring = "2f-3f"\nby = [2.5, -1]\n', tmp_path)
    for face, before in zip(found[2].faces, found[1].faces, strict=True):
        shift = (face.points - before.points).mean(axis=0)
        assert shift.tolist() == pytest.approx([2.5 + 2 * (face.track_id == 1), -1])
    mouth = found[2].faces[0].mouth
    assert mouth is not None
    assert mouth.to_frame.tolist() == [[1, 0, 2.5], [0, 1, -1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no correction"),
        ('[[hid]]\nduring = "1-2"', r"there are \[\[hide\]\]"),
        ('[[hide]]\nduring = "2-1"', "ends before it begins"),
        ('[[hide]]\nduring = "1-2"\nfrom = "1f"', "wanted during and"),
        ('[[take]]\nduring = "1-2"', "from is missing"),
        ('[[move]]\nduring = "1-2"\nby = [1]', "wanted pixels"),
        ('[[take]]\nduring = "1f-2f"\nfrom = "5f"', "--tracks"),
        ('[[hide]]\nduring = "1-2"\nface = 0', "a track's number"),
        ('[[hide]]\nduring = "1-2"\nface = inf', "a track's number"),
        ('[[hide]]\nduring = "1-2"\nfade = nan', "fade is seconds"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        told(text, tmp_path)


def test_keys_lie_between_their_values(tmp_path: Path) -> None:
    path = tmp_path / "look.toml"
    path.write_text(
        '[[effect]]\nuse = "lipstick"\nshade = "ruby"\nopacity = [[0, 0.0], ["50f", 0.8]]\n'
        '"opacity@anna" = { keys = [["00:00:01:00", 1.0], [2, 0.0]], ease = "smooth" }\n'
    )
    chain = load_chain_file(path).on(CLOCK)

    def opacity(person: str, time: float) -> float:
        return float(getattr(chain.of(person, time)[0], "opacity"))  # noqa: B009

    assert [opacity("", t) for t in (0, 0.5, 1, 2, 9)] == pytest.approx([0, 0.2, 0.4, 0.8, 0.8])
    assert [opacity("anna", t) for t in (0.5, 1.25, 1.5, 2)] == pytest.approx([1, 0.84375, 0.5, 0])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[[0, 0.0], [1.5, 8]]", "opacity=8"),
        ("[[1, 0.0], [0.5, 1]]", "does not come after"),
        ("[]", "has no keys"),
        ('{ keys = [[0, 1]], ease = "sharp" }', "has no keys"),
        ('[[0, "much"]]', "numbers alone"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused(tmp_path: Path, value: str, words: str) -> None:
    path = tmp_path / "look.toml"
    path.write_text(f'[[effect]]\nuse = "lipstick"\nopacity = {value}\n')
    with pytest.raises(LipfxError, match=words):
        load_chain_file(path).on(CLOCK)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory, talking: Path) -> Path:
    path = tmp_path_factory.mktemp("fixes") / "t.jsonl"
    track(talking, path)
    return path


def test_a_result_is_the_source_outside_of_its_part(tmp_path: Path, talking: Path, tracks: Path) -> None:
    """Decoded: outside of the part as they came, inside as without it, and half as far where it fades."""
    whole, part = tmp_path / "whole.mkv", tmp_path / "part.mkv"
    chain, options = parse_chain("lipstick:shade=ruby"), ApplyOptions(tracks=tracks, codec="ffv1", end=1.0)
    apply(chain, talking, whole, options)
    apply(chain, talking, part, replace(options, during=(Span.read("5f-15f"),), fade=0.08))
    same = {"source": list[int](), "whole": list[int]()}
    with ExitStack() as stack:
        readers = [stack.enter_context(open_source(path, None, 1.0)) for path in (talking, part, whole)]
        for source, made, other in zip(*readers, strict=True):
            for name, frame in (("source", source), ("whole", other)):
                if all(np.array_equal(a, b) for a, b in zip(made.planes, frame.planes, strict=True)):
                    same[name].append(made.index)
    assert same["source"] == [*range(6), *range(15, 25)]
    assert same["whole"] == [*range(7, 14)]


def test_read_fixes_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text('[[move]]\nduring = "1-2"\nby = [1, 1]\n[[hide]]\nduring = "0-1"\nfade = 0.5\n')
    assert [(fix.kind, fix.span, fix.fade) for fix in read_fixes(path, CLOCK)] == [
        ("move", (1.0, 2.0), 0.0),
        ("hide", (0.0, 1.0), 0.5),
    ]
