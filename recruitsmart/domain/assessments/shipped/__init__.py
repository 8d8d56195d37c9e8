"""The tests the system ships, as TOML files, and loading them without ever overwriting an edit."""

from dataclasses import asdict
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.checking import SHIPPED
from recruitsmart.domain.assessments.file_reading import WrittenTest, read_test
from recruitsmart.domain.assessments.models import Question, Test


def shipped_test(key: str) -> WrittenTest:
    """A shipped test as its file says."""
    return read_test((resources.files(__package__) / f"{key}.toml").read_text(encoding="utf-8"))


def load_shipped_tests(session: Session) -> list[str]:
    """Add the shipped tests that are not there yet; return their keys. A test that exists is never touched."""
    known = set(session.scalars(select(Test.key)))
    missing = [key for key in SHIPPED if key not in known]
    for key in missing:
        _add(session, shipped_test(key))
    return missing


def _add(session: Session, written: WrittenTest) -> None:
    test = Test(key=written.key, kind=written.kind, **asdict(written.settings))
    session.add(test)
    session.flush()
    session.add_all(
        Question(test_id=test.id, position=position, key=question.key, kind=question.kind, **asdict(question.edit))
        for position, question in enumerate(written.questions, 1)
    )
