"""`make drill`: the whole company at work while one thing after the other breaks, and a sheet of what was kept.

DRILL_SEED repeats a schedule, DRILL_SECONDS sets how long people apply (300; at most 420 fit into ten minutes).
"""

import os
import secrets
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random

from tests.drill.whole.run import drill

SECONDS = 300.0


def main() -> int:
    """Run it; the exit code says whether every line holds."""
    seed = int(os.environ.get("DRILL_SEED") or secrets.randbelow(10**6))
    seconds = float(os.environ.get("DRILL_SECONDS") or SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        lines = drill(Path(folder), Random(seed), seed=seed, seconds=seconds, say=partial(print, flush=True))
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
