"""The contract of effects, kept by aurora."""

import pytest
from lipfx_aurora import Aurora

from lipfx.testing import CONTRACT, Rule


@pytest.mark.parametrize("rule", CONTRACT, ids=str)
def test_contract(rule: Rule) -> None:
    rule.check(Aurora())
