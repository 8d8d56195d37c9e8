"""What `flask doctor` says at the end; `tests/test_prod_smoke.py` runs all of it."""

from dataclasses import replace

import pytest

from config.settings import read_settings
from recruitsmart.cli.doctor import all_passed


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ("development", "✓ ALL CHECKS PASSED - Ready for development"),
        ("production", "✓ ALL CHECKS PASSED - Ready for production deployment"),
    ],
)
def test_only_a_production_system_is_called_ready_for_production(environment: str, said: str) -> None:
    assert all_passed(replace(read_settings({}), environment=environment)) == said
