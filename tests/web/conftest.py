"""The panel's fixtures, here too."""

from tests.admin.conftest import admin, app, clock, company, nudged, olga, visitor

__all__ = ["admin", "app", "clock", "company", "nudged", "olga", "visitor"]
