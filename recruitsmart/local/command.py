"""ENTRY of `make flask`: a command of ours against what `make run` runs on this machine."""

import os
import subprocess
import sys

from config.settings import settings_or_exit
from recruitsmart.local.errors import CannotStart
from recruitsmart.local.state import Surroundings


def main() -> int:
    """Call `flask` with these arguments in the surroundings of the run; its exit code, or 1 when nothing runs here."""
    try:
        surroundings = Surroundings(settings_or_exit().data_dir / "local").load()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "flask", "--app", "recruitsmart.wsgi", *sys.argv[1:]]
    return subprocess.call(command, env={**os.environ, **surroundings})


if __name__ == "__main__":
    sys.exit(main())
