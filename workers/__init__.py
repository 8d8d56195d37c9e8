"""Celery: what may be asked, who answers, and how one task is one transaction."""
