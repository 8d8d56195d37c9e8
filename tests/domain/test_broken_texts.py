"""A text that cannot be sent to somebody: the shipped one goes out, and the problem is remembered for the panel."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from recruitsmart.domain.messaging.models import OutboxMessage, TextOverride
from recruitsmart.domain.messaging.operations import (
    NOTED_AGAIN_AFTER,
    Recipient,
    Wording,
    note_broken,
    post,
    replace_override,
    save_override,
)
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.messaging.texts import CAPTIONS, shipped
from recruitsmart.domain.slots import announcements
from recruitsmart.domain.slots.operations import reserve
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

READER = Recipient(chat_id=55, language="ru")


@pytest.fixture
def broken(session):
    """An override that was good once, and is broken since a release or a hand in the database."""
    override = save_override(session, "help", "Слова", language="ru", city_id=None, author="Ольга")
    session.flush()
    session.execute(update(TextOverride).values(body="<b>Слова {{ gone }}"))
    session.commit()
    return override


def _post(session, number, *, now=NOW):
    post(session, Wording(key="help"), READER, about=f"turn:{number}#0", lane=Lane.INTERACTIVE, now=now)


def _noted(session):
    return session.execute(select(TextOverride.broken_at, TextOverride.broken_reason)).one()


def test_the_shipped_text_goes_out_and_the_problem_is_noted(session, broken):
    _post(session, 1)
    assert session.scalars(select(OutboxMessage.body)).one() == shipped("ru")["help"].strip()
    assert _noted(session) == (NOW, "Unknown variable: gone. This text knows: —.")


def test_a_good_text_has_no_problem(session):
    save_override(session, "help", "Слова", language="ru", city_id=None, author="Ольга")
    session.flush()
    _post(session, 1)
    assert session.scalars(select(OutboxMessage.body)).one() == "Слова"
    assert _noted(session) == (None, None)


def test_many_messages_write_the_problem_once_a_minute(session, broken):
    _post(session, 1)
    _post(session, 2, now=NOW + NOTED_AGAIN_AFTER - timedelta(seconds=1))
    assert _noted(session).broken_at == NOW
    _post(session, 3, now=NOW + NOTED_AGAIN_AFTER)
    assert _noted(session).broken_at == NOW + NOTED_AGAIN_AFTER


def test_posting_never_waits_for_another_that_notes_the_same_problem(session, other_session, broken):
    _post(other_session, 1)
    _post(session, 2)  # a lock would time out here
    session.commit()
    other_session.commit()
    assert len(session.scalars(select(OutboxMessage.id)).all()) == 2


def test_noting_a_version_that_is_gone_changes_nothing(session, broken):
    note_broken(session, broken.id + 1, "x", now=NOW)
    assert _noted(session) == (None, None)


def test_of_two_versions_saved_at_the_same_moment_the_second_is_refused(session, behind):
    def save(body):
        return lambda session: replace_override(
            session, "help", body, language="ru", city_id=None, author="Ольга", version=0
        )

    save("Моё")(session)
    session.flush()
    other = behind(save("Другое"))
    session.commit()
    with pytest.raises(IntegrityError, match="uq_text_overrides_key_language_city_version"):
        other.result(timeout=10)


def test_every_message_with_a_file_counts_as_a_caption(session):
    candidate = add_chooser(session, add_city(session, approval_required=False))
    slot = add_slot(session, add_recruiter(session, candidate.city), NOW + timedelta(days=1))
    booking = reserve(session, candidate, slot.id, now=NOW)
    announcements.out_of_calendar(session, booking, now=NOW)
    with_files = select(OutboxMessage.kind).where(OutboxMessage.file_name.is_not(None))
    assert {*session.scalars(with_files), "mydata"} == CAPTIONS  # the latter: tests/domain/test_erasing.py
