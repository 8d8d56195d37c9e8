"""The drill of `make drill`, short: each fault once, in an order of its own, and the whole sheet green."""

from pathlib import Path
from random import Random

import pytest

from tests.drill.whole.run import drill

pytestmark = pytest.mark.drill

SEED, SECONDS = 7, 70


def test_whatever_breaks_every_promise_is_kept(tmp_path: Path) -> None:
    lines = drill(tmp_path, Random(SEED), seed=SEED, seconds=SECONDS, say=print)
    assert {line.promise for line in lines} >= set(range(1, 8))
    assert [f"{line.words}: {wrong}" for line in lines for wrong in line.wrong] == []
