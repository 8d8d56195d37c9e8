"""Every route of the application, and requests to it by hand: with any method, path, query, form and cookie.

Routes are read from the application, what they read of a request from their sources: a new page is scanned by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import getsource
from pathlib import Path
from random import Random
from sys import modules
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.panel import Person, token_in
from tests.servers import ROOT

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
INNARDS = re.compile(
    r"Traceback|psycopg2|sqlalchemy|SELECT .+ FROM |INSERT INTO |UPDATE \w+ SET |File \"/|werkzeug", re.S
)
_ARGUMENT = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
_READ = re.compile(r'(?:request\.\w+\.get(?:list)?|chosen_id|one_of|typed\.get|form\.get|args\.get)\(\s*"([\w-]+)"')
_FIELD = re.compile(r'name="([\w-]+)"')
_TEMPLATE = re.compile(r'"(panel/\w+\.html)"')

# What no page expects, and what may get past its first check.
ODD = (
    "", "\0", "-1", "0", "²", "١٢", "9" * 18, "9" * 30, "1e309", "nan", "2026-02-30", "0001-01-01", "9999-12-31",
    "9999-12-31T23:59:59+14:00", "2026-11-25T10:00", "99:99", "24:00", "<script>alert(1)</script>", "{{ 7 * 7 }}",
    "{% for x in y %}", "%s%n", "' or 1=1 --", "../../etc/passwd", "https://evil.example", "\u202e", "🙂" * 300,
    "x" * 10_000, "a,b,,c", "[]", "{", "null", "\r\nSet-Cookie: a=b", "\ufffd", "_", "%", "\\",
)  # fmt: skip
LIKELY = ("1", "2", "10", "30", "2026-11-24", "2026-11-30", "10:00", "12:00", "ru", "interview", "active", "yes", "x")
PATHS = ("0", "-1", str(2**63), "9" * 40, "text", "%00", "..%2f..%2fetc%2fpasswd", "%ff", "%E2%80%AE", "x" * 2000)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whose cookie and token the requests carry; each request begins with the same ones."""

    app: Flask
    cookie: str = ""
    token: str = ""

    def ask(
        self, method: str, path: str, *, body: Any = None, query: Any = None, kind: str | None = None,
        length: int | None = None, **headers: str,
    ) -> TestResponse:  # fmt: skip
        """One request; `body` may be bytes or fields, `kind` its type of content, `length` what is announced."""
        client = self.app.test_client(use_cookies=False)
        sent = Headers({"Cookie": f"recruitsmart={self.cookie}"} if self.cookie else {})
        sent.update(headers)
        announced = {} if length is None else {"CONTENT_LENGTH": str(length)}
        return client.open(
            path, method=method, data=body, query_string=query, content_type=kind, headers=sent, buffered=True,
            environ_overrides=announced,
        )  # fmt: skip


def signed_in(app: Flask, login: str) -> Visitor:
    """Somebody with a session."""
    person = Person(app.test_client())
    assert person.sign_in(login).status_code == 302
    return _visitor(app, person, "/admin/mine/")


def stranger(app: Flask) -> Visitor:
    """Somebody without a session, but with a token: that alone must open nothing."""
    return _visitor(app, Person(app.test_client()), "/login")


def _visitor(app: Flask, person: Person, page: str) -> Visitor:
    token = token_in(person.get(page))
    cookie = person.client.get_cookie("recruitsmart")
    assert cookie is not None
    return Visitor(app=app, cookie=cookie.value, token=token)


def rules(app: Flask) -> list[Rule]:
    """All routes in a fixed order."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def taken(rule: Rule, *, but: str = "") -> list[str]:
    """The methods a route takes, and one that it does not."""
    return sorted(({"GET", "POST", "PUT"} & (rule.methods or set()) | {"DELETE"}) - {but})


def arguments(rule: Rule) -> list[str]:
    """The names of what stands in a route's path."""
    return _ARGUMENT.findall(rule.rule)


def address(rule: Rule, values: dict[str, Any]) -> str:
    """A route's path with these values in it, whether they fit or not."""
    return _ARGUMENT.sub(lambda found: str(values[found[1]]), rule.rule)


def fields(app: Flask, rule: Rule) -> list[str]:
    """What a route may read of a query or a form: named in its module, in the filter's, or in their templates."""
    module = getattr(app.view_functions[rule.endpoint], "__module__", "")
    view = rule.endpoint.partition(".")[0]
    owner = next((each for each in app.extensions["admin"][0]._views if each.endpoint == view), None)
    return sorted(_named_in(type(owner).__module__ if owner is not None else module))


@cache
def _named_in(module: str) -> frozenset[str]:
    if not module.startswith("recruitsmart"):
        return frozenset({"id", "page"})
    source = getsource(modules[module])
    names = set(_READ.findall(source)) | {"page", "back", "next", "id"}
    if "filters import" in source:
        names |= set(_READ.findall(getsource(modules["recruitsmart.admin.filters"])))
    for template in _TEMPLATE.findall(source):
        names |= set(_FIELD.findall(_template(template)))
    return frozenset(names - {"csrf_token"})


def _template(name: str) -> str:
    path: Path = ROOT / "recruitsmart" / "admin" / "templates" / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def mixtures(names: list[str], *, seed: str, rounds: int, likely: tuple[str, ...]) -> Iterator[list[tuple[str, str]]]:
    """Odd and likely values mixed, some of them twice; the same each time."""
    for number in range(rounds):
        dice = Random(f"{seed}/{number}")
        odd_share = dice.choice((0.2, 0.5, 1.0))
        mixed = [(name, dice.choice(ODD if dice.random() < odd_share else likely)) for name in names]
        yield mixed + dice.sample(mixed, k=min(2, len(mixed)))
