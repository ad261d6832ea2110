"""What results say of how they were made, and that nothing a source says is lost to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from lipfx import __version__
from lipfx.tcnn.checkpoint import identity
from tests.conftest import RunLipfx, Variant
from tests.helpers import media

WEIGHTS = identity(None)
SAID = "{https://lipfx.invalid/xmp/1.0/}provenance"


def _tags(path: Path) -> dict[str, str]:
    tags = media.probe_json(path, "-show_format")["format"].get("tags", {})
    return {name.lower(): text for name, text in tags.items()}


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "avi"])
def test_every_container_keeps_the_line_and_the_sources_own_tags(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path, suffix: str
) -> None:
    source, output = tmp_path / "in.mkv", tmp_path / f"out.{suffix}"
    tags = ("-metadata", "title=Mine", "-metadata", "copyright=me")
    media.make(source, "-i", variant("no_audio.mp4"), "-frames:v", "3", "-c", "copy", *tags)
    chain = "lipstick:shade=ruby,finish=gloss+blur"
    done = lipfx("apply", chain, source, output, "--preset", "ultrafast" if suffix != "webm" else "good")
    assert done.returncode == 0, done.stderr
    found = _tags(output)
    assert f"lipfx {__version__}; {chain}; weights {WEIGHTS}" in found.values()
    assert found.get("title", "Mine") == "Mine"
    assert found["copyright"] == "me"


def test_a_comment_is_not_replaced_and_a_second_run_is_told_after_the_first(
    lipfx: RunLipfx, variant: Variant, tmp_path: Path
) -> None:
    source = media.make(
        tmp_path / "in.mp4",
        "-i",
        variant("no_audio.mp4"),
        "-frames:v",
        "3",
        "-c",
        "copy",
        "-metadata",
        "comment=mine",
    )
    (tmp_path / "secret").mkdir()
    glow = tmp_path / "secret" / "glow.py"
    glow.write_text(
        "from lipfx.effects import Effect, Region\n\n\nclass Glow(Effect):\n    region = Region.LIPS\n\n"
        "    def render(self, patch):\n        return patch.rgb\n"
    )
    assert lipfx("apply", glow, source, tmp_path / "one.mp4").returncode == 0
    assert lipfx("apply", "gloss", tmp_path / "one.mp4", tmp_path / "two.mp4").returncode == 0
    found = _tags(tmp_path / "two.mp4")
    assert found["comment"] == "mine"
    assert re.fullmatch(
        r"lipfx \S+; glow.py; weights \w+; then lipfx \S+; gloss; weights \w+", found["description"]
    )
    assert lipfx("apply", "gloss", source, tmp_path / "none.mp4", "--no-provenance").returncode == 0
    assert not [text for text in _tags(tmp_path / "none.mp4").values() if "weights" in text]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp"])
def test_pictures_say_it_in_their_xmp(lipfx: RunLipfx, talking: Path, tmp_path: Path, suffix: str) -> None:
    source = media.make(tmp_path / "in.png", "-i", talking, "-frames:v", "1")
    first, second = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
    assert lipfx("apply", "lipstick", source, first).returncode == 0
    assert lipfx("apply", 'lipstick:from="' + str(source) + '"', first, second).returncode == 0
    with Image.open(second) as picture:
        packet = (
            picture.info.get("xmp")
            or picture.info.get("XML:com.adobe.xmp")
            or getattr(picture, "tag_v2", {})[700]
        )
    text = packet if isinstance(packet, str) else packet.decode()
    root = ElementTree.fromstring(re.sub(r"<\?xpacket.*?\?>", "", text).strip("\ufeff\0 "))  # noqa: S314 - our own
    (said,) = [words for node in root.iter() for name, words in node.attrib.items() if name == SAID]
    assert re.fullmatch(
        rf"lipfx \S+; lipstick; weights {WEIGHTS}; then lipfx \S+; lipstick:from=in.png; weights {WEIGHTS}",
        said,
    )


def test_tracks_say_who_made_them(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    assert lipfx("track", variant("no_audio.mp4"), tmp_path / "t.jsonl", "--end", "0.1").returncode == 0
    with (tmp_path / "t.jsonl").open() as file:
        head = json.loads(file.readline())
    assert (head["program"], head["weights"]) == (f"lipfx {__version__}", WEIGHTS)
