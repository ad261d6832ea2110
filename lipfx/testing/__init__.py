"""What strangers test their own parts with: the contract of effects and the scenes that it is tried on, and
the promises of the stages that can be replaced (detector, landmarker, smoother), each rule by rule.

import pytest
from lipfx.testing import CONTRACT, Rule

@pytest.mark.parametrize("rule", CONTRACT, ids=str)
def test_glow_keeps_the_contract(rule: Rule) -> None:
    rule.check(Glow())
"""

from lipfx.testing.contract import CONTRACT, Rule, broken_rules, check_effect
from lipfx.testing.scenes import Scene, scenes
from lipfx.testing.stages import (
    DETECTOR,
    LANDMARKER,
    SMOOTHER,
    BrokenPromiseError,
    DetectorCase,
    LandmarkerCase,
    SmootherCase,
    StageRule,
)

__all__ = [
    "CONTRACT",
    "DETECTOR",
    "LANDMARKER",
    "SMOOTHER",
    "BrokenPromiseError",
    "DetectorCase",
    "LandmarkerCase",
    "Rule",
    "Scene",
    "SmootherCase",
    "StageRule",
    "broken_rules",
    "check_effect",
    "scenes",
]
