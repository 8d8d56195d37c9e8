"""Staff are told how long a page took; nobody else is."""

import re

from tests.panel import Person


def test_staff_are_told_and_others_are_not(admin: Person, visitor: Person) -> None:
    assert "Server-Timing" not in visitor.get("/login").headers
    assert "Server-Timing" not in visitor.sign_in("boss", "wrong").headers
    told = admin.get("/admin/today/").headers["Server-Timing"]
    statements = re.search(r"db;dur=[\d.]+;desc=(\d+)", told)
    assert statements and 2 < int(statements[1]) <= 15
    assert re.match(r"app;dur=\d", told)
