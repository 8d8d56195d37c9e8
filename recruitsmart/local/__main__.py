"""ENTRY of `make run`: python -m recruitsmart.local"""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

try:
    from config.settings import settings_or_exit
    from recruitsmart.local.errors import CannotStart, explained
    from recruitsmart.local.screen import Screen
    from recruitsmart.local.supervisor import STOP_SIGNALS
    from recruitsmart.local.system import PROJECT, LocalSystem, Options
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is not installed. Use `make run`, which installs what is missing.")

_DEMO = "flask --app recruitsmart.wsgi seed --demo"


def main() -> int:
    """Run the system until it is stopped; 1 when it could not start."""
    arguments = _arguments()
    settings = settings_or_exit()
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    screen = Screen(settings.data_dir / "logs", verbose=arguments.verbose)
    options = Options(
        procfile=arguments.procfile,
        demo_command=arguments.demo,
        panel_port=arguments.port,
        chat_port=arguments.chat_port,
    )
    try:
        LocalSystem(settings, options, screen, os.environ).run()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(explained(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
    finally:
        screen.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recruitsmart.local", description=__doc__)
    parser.add_argument("--procfile", type=Path, default=PROJECT / "Procfile")
    parser.add_argument("--demo", default=_DEMO, help="the command that makes demo data once; empty: none")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000", help="of the panel")
    parser.add_argument("--chat-port", type=int, default=8081, help="of the Telegram simulator")
    parser.add_argument("--verbose", action="store_true", help="show everything the processes write")
    return parser.parse_args()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Before the loop runs: leave through the same door as an error; later signals must not disturb that."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
