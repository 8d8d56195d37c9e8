"""Flask's extensions, unbound; `create_app` binds them."""

from flask import current_app
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from recruitsmart.db import nudge_after_commit
from recruitsmart.domain.schema import metadata

NUDGES = "recruitsmart.nudges"
TELEGRAM = "recruitsmart.telegram"
BEGIN = "recruitsmart.begin"  # what a process that serves does once; named in config/gunicorn.py

db = SQLAlchemy(metadata=metadata, session_options={"expire_on_commit": False})
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
babel = Babel()

# Once for the session factory, not once per application: each commit nudges through the application it belongs to.
nudge_after_commit(
    db.session,
    lambda: current_app.extensions[NUDGES].delivery(),
    lambda due_at: current_app.extensions[NUDGES].timers(due_at),
)
