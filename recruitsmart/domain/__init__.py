"""What the system is about: SQLAlchemy, Jinja2 and small pure libraries, nothing of Flask, Celery or Telegram."""
