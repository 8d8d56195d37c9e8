"""The last promise: production does not start with unsafe settings, and says everything at once."""

import os
import subprocess
import sys
from pathlib import Path

from tests.drill.whole.judging import Line
from tests.servers import ROOT

UNSAFE = {
    "ENVIRONMENT": "production", "DATABASE_URL": "sqlite:///x.db", "REDIS_URL": "", "SESSION_SECRET": "changeme",
    "BOT_TOKEN": "x", "ADMIN_PASSWORD": "admin", "DATA_DIR": "", "NOTIFICATION_BROKER": "memory",
}  # fmt: skip
HEADING = "PRODUCTION CONFIGURATION ERRORS"
NAMED = ("DATABASE_URL", "REDIS_URL", "SESSION_SECRET", "BOT_TOKEN", "DATA_DIR", "NOTIFICATION_BROKER")
COMMANDS = {
    "bot": [sys.executable, "-m", "bot"],
    "web": [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "recruitsmart.wsgi:app"],
    "worker": [sys.executable, "-m", "celery", "-A", "workers.app", "worker"],
}


def production_refuses(folder: Path) -> Line:
    """Start three process types with everything wrong."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSAFE} | UNSAFE
    wrong = []
    for name, command in COMMANDS.items():
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        printed = done.stdout + done.stderr
        if done.returncode == 0 or HEADING not in printed:
            wrong.append(f"{name} starts, or does not say why not")
        wrong += [f"{name} does not name {variable}" for variable in NAMED if variable not in printed]
    return Line(
        promise=7,
        words="unsafe settings start nothing and are all named",
        wrong=wrong,
        figures=f"{len(COMMANDS)} process types",
    )
