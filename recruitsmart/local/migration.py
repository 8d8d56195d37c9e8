"""ENTRY of `make migration`: compares the models with the migrations, in a database that lives only for it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from recruitsmart.local.errors import CannotStart
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.system import PROJECT

_FLASK = [sys.executable, "-m", "flask", "--app", "recruitsmart.wsgi", "db"]
# The app wants an address; migrations never ask whether anybody is there.
_NO_REDIS = "redis://127.0.0.1:1/0"


def main() -> int:
    """Write the migration named by the only argument; the exit code of the step that failed, or 0."""
    if len(sys.argv) != 2:
        print('Say what it does: make migration MESSAGE="add city zone"', file=sys.stderr)
        return 2
    try:
        return _write(sys.argv[1])
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1


def _write(message: str) -> int:
    with tempfile.TemporaryDirectory(prefix="recruitsmart-migration-") as folder:
        server = PostgresServer(Path(folder) / "postgres", any_free_port(), durable=False)
        try:
            server.start()
            server.create_database()
            return _flask(server, "upgrade") or _flask(server, "migrate", "-m", message)
        finally:
            server.stop()


def _flask(server: PostgresServer, *words: str) -> int:
    environment = {**os.environ, "DATABASE_URL": server.url(), "REDIS_URL": _NO_REDIS}
    return subprocess.run([*_FLASK, *words], cwd=PROJECT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
