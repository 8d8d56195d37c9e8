"""All tests: in four processes at once, then alone those that nothing may keep from being in time.

With arguments they are pytest's, in one process: `python -m tests tests/bot -x`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
# What takes about as long; what is named nowhere is one more part. The second and the third mostly wait, for processes
# that start and for clocks of seconds: beside them the others have the cores.
PARTS = (
    ("admin", "architecture", "cli", "config", "fuzz", "journeys/test_accessibility.py", "migrations", "pages"),
    ("benchmarks", "drill"),
    ("journeys",),
)
# Health is asked for within two seconds; people write at their own pace while processes come and go, and whoever brings
# those up more slowly has the more to answer; the questions of an exam close by themselves, or must not.
ALONE = (
    "drill/test_everything.py", "drill/test_production.py", "drill/test_rolling_restart.py", "journeys/test_exam.py",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every process found nothing to complain about, and none was killed."""
    if arguments:
        return _pytest(arguments).wait()
    parts, alone = [_paths(names) for names in PARTS], _paths(ALONE)
    named = [path for paths in (*parts, alone) for path in paths]
    codes = _at_once([_without(named, paths) for paths in (*parts, [HERE])])
    codes.append(_pytest([str(path) for path in alone]).wait())
    return int(any(codes))  # whoever was killed has a code below 0


def _paths(names: Sequence[str]) -> list[Path]:
    return [HERE / name for name in names]


def _without(named: Sequence[Path], paths: Sequence[Path]) -> list[str]:
    """These paths, but for what is named by itself inside of them."""
    inside = [path for path in named if path not in paths and any(path.is_relative_to(each) for each in paths)]
    return [*map(str, paths), *(f"--ignore={path}" for path in inside)]


def _at_once(parts: Sequence[Sequence[str]]) -> list[int]:
    """The exit codes. The last part is heard at once, the others when all are through."""
    *others, last = parts
    with ExitStack() as files:
        heard = [files.enter_context(tempfile.TemporaryFile()) for _ in others]
        pairs = zip(others, heard, strict=True)
        beside = [_pytest([*part, "-p", "no:cacheprovider"], output=output) for part, output in pairs]
        try:
            codes = [_pytest(last).wait(), *(process.wait() for process in beside)]
        finally:
            for process in beside:
                process.kill()
        for output in heard:
            output.seek(0)
            print(output.read().decode(), flush=True)
    return codes


def _pytest(arguments: Sequence[str], *, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], stdout=output, stderr=output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
