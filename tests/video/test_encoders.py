"""What a user asks of encoders: hardware that is missing is replaced, and what an encoder refuses is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lipfx.errors import FfmpegError, OutputError
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.ffmpeg.tools import has_encoder
from lipfx.video.writing import encoding
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make(
        tmp_path_factory.mktemp("clip") / "in.mp4", *media.moving(frames=5), "-pix_fmt", "yuv420p"
    )


@pytest.mark.parametrize(("asked", "wanted"), [("h264_nvenc", "h264"), ("hevc_vaapi", "hevc")])
def test_hardware_that_fails_is_replaced_with_a_word(
    clip: Path, tmp_path: Path, asked: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "has_encoder", lambda codec: codec == asked or has_encoder(codec))
    monkeypatch.setattr(encoding, "encoder_works", lambda _codec: False)
    wish = Encoding(asked, preset="p5", extra=("-rc", "vbr"))
    (message,) = media.copy_through(clip, tmp_path / "out.mp4", wish)
    assert probe(tmp_path / "out.mp4").video.codec == wanted
    assert message.startswith(f"{asked} does not work on this machine")
    assert message.endswith("without its --preset and --encoder-args")


@pytest.mark.parametrize(
    ("encoding_", "reason"),
    [
        (Encoding(preset="hasty"), "Error setting preset/tune hasty"),
        (Encoding(extra=("-nonsense", "3")), "Unrecognized option 'nonsense'"),
    ],
)
def test_an_encoders_own_reason_is_quoted(
    clip: Path, tmp_path: Path, encoding_: Encoding, reason: str
) -> None:
    with pytest.raises(FfmpegError, match=reason):
        media.copy_through(clip, tmp_path / "out.mp4", encoding_)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("codec", "worst"), [("libx264", 51), ("libx265", 51), ("libvpx-vp9", 63)])
def test_a_quality_that_no_encoder_has_is_refused(clip: Path, tmp_path: Path, codec: str, worst: int) -> None:
    for crf in (-1, worst + 1):
        with pytest.raises(OutputError, match=f"crf {crf} .*{codec}; wanted 0, the best, to {worst}"):
            media.copy_through(clip, tmp_path / "out.mp4", Encoding(codec, crf=crf))
    assert list(tmp_path.iterdir()) == []
    media.copy_through(clip, tmp_path / "out.mp4", Encoding(codec, crf=worst))
    assert len(media.frame_times(tmp_path / "out.mp4")) == 5
