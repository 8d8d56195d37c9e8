"""Why a message did not arrive, and who did what, as recruiters read it."""

import pytest
from flask import Flask

from recruitsmart.admin.reasons import reason_word
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.journal.operations import SYSTEM, record
from tests.panel import NOW, Company, Person


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("403 Forbidden: user is deactivated", "the Telegram account was deleted"),
        ("400 Bad Request: chat not found", "Telegram does not know this chat"),
        ("403 Forbidden: bot can't initiate conversation with a user", "has never written to the bot"),
        ("403 Forbidden: bot was blocked by the user", "blocked the bot"),
        ("quiet hours", "quiet hours"),
        ("400 Bad Request: something new", "400 Bad Request: something new"),
        (None, ""),
    ],
)
def test_what_telegram_answered_is_told_in_plain_words(app: Flask, told: str | None, words: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert reason_word(told) == words


def test_what_others_did_is_not_told_as_if_it_had_happened_to_them(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    for kind in ("attempt.offered", "candidate.withdrew", "candidate.rejected"):
        record(company.session, kind, actor=SYSTEM, now=NOW, candidate_id=anna.id)
    mark_unreachable(company.session, anna.contact.chat_id, reason="400 Bad Request: chat not found", now=NOW)
    company.session.commit()
    page = " ".join(admin.get(f"/admin/candidates/{anna.reference}").text.split())
    for words in ("приглашение на тест", "кандидат отказался", "отказ кандидату", "сообщения больше не доходят"):
        assert f'<span class="strong">система</span>: {words}' in page, words
    assert "chat not found" not in page
