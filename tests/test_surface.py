"""What Python programs, effect authors and their tests may import: these names are promised, nothing else."""

from __future__ import annotations

import importlib

import pytest

PROMISED = {
    "lipfx": """
        Done Lips Session find_faces find_lips find_masks process_frames process_images process_video
        to_detections to_pandas to_rle
    """,
    "lipfx.effects": """
        AudioAware INNER OUTER Box Effect FinishName Float32 Float64 FrameEffect Meta ParameterError Patch
        Picture Region Renderer Scene Shade Sound Space Warp Window asset asset_picture find_shade from_lab
        lip_coordinates mouth_masks parse_hex power shade_names to_encoded to_lab to_linear to_upright
        tooth_share white_of window
    """,
    "lipfx.testing": """
        BrokenPromiseError CONTRACT DETECTOR DetectorCase LANDMARKER LandmarkerCase Rule SMOOTHER Scene
        SmootherCase StageRule broken_rules check_effect scenes
    """,
    "lipfx.errors": """
        EffectError FfmpegError InputError LipfxError MissingToolError OutputError ParameterError TracksError
        TrainingError UnknownEffectError UsageError WeightsError
    """,
}


@pytest.mark.parametrize("module", PROMISED)
def test_promised_names(module: str) -> None:
    face = importlib.import_module(module)
    assert sorted(face.__all__) == sorted(PROMISED[module].split())
    assert all(getattr(face, name) is not None for name in face.__all__)
    assert set(face.__all__) <= set(dir(face))
    with pytest.raises(AttributeError, match="no_such_name"):
        face.no_such_name  # noqa: B018
