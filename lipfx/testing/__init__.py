"""What authors of effects test with: the contract, rule by rule, and the scenes that it is tried on.

import pytest
from lipfx.testing import CONTRACT, Rule

@pytest.mark.parametrize("rule", CONTRACT, ids=str)
def test_glow_keeps_the_contract(rule: Rule) -> None:
    rule.check(Glow())
"""

from lipfx.testing.contract import CONTRACT, Rule, broken_rules, check_effect
from lipfx.testing.scenes import Scene, scenes

__all__ = ["CONTRACT", "Rule", "Scene", "broken_rules", "check_effect", "scenes"]
