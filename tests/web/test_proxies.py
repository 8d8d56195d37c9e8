"""Whose word counts about where a request came from."""

import pytest
from flask import Flask, request
from sqlalchemy import select

from recruitsmart.domain.directory.attempts import LoginAttempt
from tests.panel import Company, Person, token_in

CLAIM = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "panel.example.org"}


def addresses_of_attempts(app: Flask, company: Company, *, peer: str, **headers: str) -> list[str]:
    """Of a wrong password that comes from a peer with these headers."""
    person = Person(app.test_client())
    form = {"csrf_token": token_in(person.get("/login")), "username": "nobody", "password": "wrong"}
    person.client.post("/login", data=form, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    company.session.rollback()
    return list(company.session.scalars(select(LoginAttempt.address)))


def test_people_behind_our_proxy_have_addresses_of_their_own(app: Flask, company: Company) -> None:
    assert addresses_of_attempts(app, company, peer="127.0.0.1", **{"X-Forwarded-For": "203.0.113.7"}) == [
        "203.0.113.7"
    ]


def test_what_somebody_puts_before_the_proxys_word_counts_nothing(app: Flask, company: Company) -> None:
    claim = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    assert addresses_of_attempts(app, company, peer="127.0.0.1", **claim) == ["203.0.113.7"]


def test_a_stranger_who_claims_to_be_a_proxy_is_not_believed(app: Flask, company: Company) -> None:
    assert addresses_of_attempts(app, company, peer="198.51.100.9", **CLAIM) == ["198.51.100.9"]


@pytest.mark.parametrize(("peer", "scheme"), [("127.0.0.1", "https"), ("198.51.100.9", "http")])
def test_the_scheme_is_the_proxys_too_and_the_host_is_nobodys_claim(app: Flask, peer: str, scheme: str) -> None:
    seen = {}

    @app.before_request
    def look() -> None:
        seen.update(scheme=request.scheme, host=request.host)

    app.test_client().get("/", headers=CLAIM, environ_overrides={"REMOTE_ADDR": peer})
    assert seen == {"scheme": scheme, "host": "localhost"}
