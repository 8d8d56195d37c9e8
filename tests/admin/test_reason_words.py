"""Why a message did not arrive, and who did what, as recruiters read it."""

import ast
from collections.abc import Iterator
from importlib import import_module

import pytest
from flask import Flask
from flask_babel import force_locale

from recruitsmart.admin.reasons import REASONS, reason_word
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.messaging.delivery import SECOND_COPY
from recruitsmart.domain.messaging.sending import AS_PLAIN_TEXT
from recruitsmart.domain.pipeline.erasing import ERASED
from recruitsmart.domain.slots.announcements import CAME_AFTER_ALL, OFFER_ENDED
from tests.panel import NOW, Company, Person
from tests.servers import ROOT


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


WRITERS = {  # whatever writes a reason that stands with a message or a reminder
    "withdraw_messages", "withdraw_messages_of_many", "withdraw_edits", "withdraw_everything", "withdraw_reminders",
    "withdraw_each", "skip_queued", "take_back", "take_back_request", "take_back_questions", "lose_contact", "Outcome",
}  # fmt: skip


def _written() -> set[str]:
    """The reasons that our own code writes: literals, and constants of modules."""
    found = {ERASED}
    for folder in ("recruitsmart/domain", "recruitsmart/telegram", "workers"):
        for path in sorted(path for path in (ROOT / folder).rglob("*.py") if path.name != "samples.py"):  # no reasons
            tree = ast.parse(path.read_text(encoding="utf8"))
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.update(words for value in _reasons_in(tree) if (words := _said(value, name)) is not None)
    return found


def _reasons_in(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in WRITERS:
            yield from (word.value for word in node.keywords if word.arg == "reason")
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "reason")


def _said(value: ast.expr, module: str) -> str | None:
    """What is written there; None where it is only known when it runs."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else None
    words = import_module(module)
    for name in ast.unparse(value).split("."):
        words = getattr(words, name, None)
    return words if isinstance(words, str) else None


def test_every_reason_of_our_own_code_has_its_words_in_russian(app: Flask) -> None:
    written = _written()
    assert {OFFER_ENDED, CAME_AFTER_ALL, AS_PLAIN_TEXT, SECOND_COPY, "no answer came", "put anew"} <= written
    with app.test_request_context(), force_locale("ru"):
        assert [reason for reason in sorted(written | {*REASONS}) if reason_word(reason) == reason] == []
        both = reason_word(f"{SECOND_COPY}; {AS_PLAIN_TEXT}")
        assert both == f"{reason_word(SECOND_COPY)}; {reason_word(AS_PLAIN_TEXT)}"


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
