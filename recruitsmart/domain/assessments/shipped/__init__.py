"""The tests the system ships, as TOML files, and loading them without ever overwriting an edit."""

import tomllib
from importlib import resources
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind

KEYS = ("test1", "test2")


def shipped_test(key: str) -> dict[str, Any]:
    """A shipped test as plain data."""
    return tomllib.loads((resources.files(__package__) / f"{key}.toml").read_text(encoding="utf-8"))


def load_shipped_tests(session: Session) -> list[str]:
    """Add the shipped tests that are not there yet; return their keys. A test that exists is never touched."""
    known = set(session.scalars(select(Test.key)))
    missing = [key for key in KEYS if key not in known]
    for key in missing:
        _add(session, key, shipped_test(key))
    return missing


def _add(session: Session, key: str, data: dict[str, Any]) -> None:
    test = Test(
        key=key,
        title=data["title"],
        kind=TestKind(data["kind"]),
        pass_percent=data.get("pass_percent"),
        question_limit_seconds=data.get("question_limit_seconds"),
        total_limit_seconds=data.get("total_limit_seconds"),
        shuffle_questions=data.get("shuffle_questions", False),
        shuffle_options=data.get("shuffle_options", False),
        tries=data.get("tries", 1),
    )
    session.add(test)
    session.flush()
    session.add_all(_question(test.id, position, question) for position, question in enumerate(data["questions"], 1))


def _question(test_id: int, position: int, data: dict[str, Any]) -> Question:
    return Question(
        test_id=test_id,
        position=position,
        key=data["key"],
        kind=QuestionKind(data["kind"]),
        text=data["text"],
        hint=data.get("hint", {}),
        options=data.get("options", []),
        show_if=data.get("show_if"),
        lowest=data.get("lowest"),
        highest=data.get("highest"),
        required=data.get("required", True),
        limit_seconds=data.get("limit_seconds"),
    )
