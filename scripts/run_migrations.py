#!/usr/bin/env python3
"""Bring the database to the newest migration: idempotent, and safe when two run at once (the second waits)."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask_migrate import upgrade  # noqa: E402
from sqlalchemy.engine import make_url  # noqa: E402
from sqlalchemy.exc import SQLAlchemyError  # noqa: E402

from recruitsmart.wsgi import app  # noqa: E402


def main() -> int:
    os.chdir(ROOT)
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    shown = url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    print(f"Migrating {shown}", flush=True)
    try:
        with app.app_context():
            upgrade()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        print(f"✗ Migrations failed: {reason}", file=sys.stderr)
        return 1
    print("✓ Migrations completed successfully")
    return 0


if __name__ == "__main__":
    sys.exit(main())
