"""Whatever the system writes down has a word on the panel."""

import re
from enum import Enum
from pathlib import Path

import pytest
from flask import Flask

from recruitsmart.admin.history import KINDS
from recruitsmart.admin.sentences import translated
from recruitsmart.admin.words import WORDS, word

DOMAIN = Path(__file__).resolve().parents[2] / "recruitsmart/domain"
_RECORDED = re.compile(r'record\(\s*session,[^"()]*"([a-z0-9]+\.[a-z_]+)"')
# Written without a candidate: no card shows them.
NOT_OF_A_CANDIDATE = {
    "account.linked", "account.reachable", "account.unlinked", "account.unreachable",
    "question.created", "question.deleted", "question.edited", "question.hidden",
    "question.restored", "question.shown", "slot.closed", "slot.moved", "slot.offered", "slot.taken_back", "slots.made",
    "slots.undone", "test.created", "test.edited", "test.imported", "test.reordered",
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
def test_every_value_has_a_word(kind: type[Enum]) -> None:
    assert set(WORDS[kind]) == set(kind)


def test_every_fact_about_a_candidate_has_a_sentence() -> None:
    sources = [file.read_text(encoding="utf-8") for file in DOMAIN.rglob("*.py")]
    recorded = {kind for source in sources for kind in _RECORDED.findall(source)}

    assert len(recorded) > 15
    assert recorded - set(KINDS) - NOT_OF_A_CANDIDATE == set()


def test_a_sentence_about_stages_names_them_in_words(app: Flask) -> None:
    with app.test_request_context():
        assert translated("There is no way from “started” to “intro_day”.") == (
            "С этапа «регистрируется» нельзя перейти на «ознакомительный день»."
        )


@pytest.mark.parametrize("language", ["ru", "en"])
def test_values_of_two_kinds_that_are_equal_as_words_keep_their_own(app: Flask, language: str) -> None:
    """`Step.HIRED == Stage.HIRED`, and what is remembered of one must not be said of the other."""
    with app.test_request_context(headers={"Accept-Language": language}):
        for _ in range(2):
            for kind, words in WORDS.items():
                assert [word(member) for member in kind] == [str(words[member]) for member in kind]
