"""All tests: those that compute in two processes at once, then alone those that watch the clock.

With arguments they are pytest's, in one process: `python -m tests tests/bot -x`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
# Half of the time of what may run at once; a folder that is named nowhere belongs to the other half.
ONE_HALF = (
    "admin", "architecture", "cli", "config", "fuzz", "journeys/test_accessibility.py", "migrations", "pages",
)  # fmt: skip
ALONE = ("benchmarks", "drill", "journeys")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every process found nothing to complain about, and none was killed."""
    if arguments:
        return _pytest(arguments).wait()
    half, alone = _paths(ONE_HALF), _paths(ALONE)
    not_again = [f"--ignore={path}" for path in half]
    others = [str(HERE), *not_again, *(f"--ignore={path}" for path in alone)]
    with tempfile.TemporaryFile() as heard:
        beside = _pytest([*half, "-p", "no:cacheprovider"], output=heard)
        try:
            codes = [_pytest(others).wait(), beside.wait()]
        finally:
            beside.kill()
        heard.seek(0)
        print(heard.read().decode(), flush=True)
    codes.append(_pytest([*alone, *not_again]).wait())
    return int(any(codes))  # whoever was killed has a code below 0


def _paths(names: Sequence[str]) -> list[str]:
    return sorted(str(path) for name in names for path in HERE.glob(name))


def _pytest(arguments: Sequence[str], *, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
