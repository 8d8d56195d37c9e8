"""No process of production begins with an unsafe setting: each says all that is wrong, once, and ends with 1."""

import os
import subprocess
from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from config.variables import VARIABLES
from tests.servers import ROOT

COMMANDS = {
    **parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes,
    "doctor": "flask --app recruitsmart.wsgi doctor",
    "migrations": "scripts/run_migrations.py",
}
TOKEN = "123456789:AAF-x7QmZ2kT9vLcR4dWbN8sYpEuHgJ1oVi"
SECRETS = ("changeme", "kestrel-71-oak", TOKEN)


@pytest.mark.parametrize("process", COMMANDS)
def test_no_process_begins_with_an_unsafe_setting(process: str, tmp_path: Path) -> None:
    unsafe = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://recruit:kestrel-71-oak@127.0.0.1:1/recruit",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(tmp_path),
        "BOT_TOKEN": TOKEN,
        "SESSION_SECRET": "changeme",
        "NOTIFICATION_BROKER": "memory",
    }
    known = {variable.name for variable in VARIABLES}
    surroundings = {name: value for name, value in os.environ.items() if name not in known}
    surroundings["PATH"] = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", COMMANDS[process]],
        cwd=ROOT, env=surroundings | unsafe, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    assert done.returncode == 1, printed
    assert printed.count("PRODUCTION CONFIGURATION ERRORS") == 1, printed
    assert "SESSION_SECRET" in printed
    assert "NOTIFICATION_BROKER" in printed
    assert "Traceback" not in printed
    assert [secret for secret in SECRETS if secret in printed] == []
    assert list(tmp_path.iterdir()) == []
