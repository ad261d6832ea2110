"""What Python programs, effect authors and their tests may import: these names are promised, nothing else."""

from __future__ import annotations

import importlib

import pytest

PROMISED = {
    "lipfx": "find_faces process_frames process_video",
    "lipfx.effects": """
        INNER OUTER Box Effect Float32 Float64 Meta ParameterError Patch Region Renderer Space Warp Window
        from_lab lip_coordinates mouth_masks parse_hex power to_encoded to_lab to_linear to_upright window
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
