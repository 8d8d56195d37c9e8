"""What a real candidate would read: real values where there are some, samples named as such where there are none."""

from datetime import timedelta

import pytest

from recruitsmart.domain.assessments.operations import ask_next
from recruitsmart.domain.dialogue.previews import Draft, filled, is_read_by, outgoing
from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging.models import OutboxMessage, TextOverride
from recruitsmart.domain.messaging.operations import save_override
from recruitsmart.domain.messaging.queries import InForce
from recruitsmart.domain.messaging.texts import is_label, shipped
from recruitsmart.domain.pipeline.testing import begin_test1
from recruitsmart.domain.slots.models import Offer, OfferStatus, Purpose, Waiting
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.waiting import wait
from tests.factories import (
    NOW,
    add_candidate,
    add_chooser,
    add_city,
    add_recruiter,
    add_slot,
    add_test,
    typed_question,
)


@pytest.fixture
def omsk(session):
    return add_city(session, "Омск", time_zone="Asia/Omsk", address="пр. Мира, 1", approval_required=False)


@pytest.fixture
def ivan(session, omsk):
    return add_chooser(session, omsk, full_name="Иван <Грозный>")


def _booked(session, candidate):
    recruiter = add_recruiter(session, candidate.city, name="Дарья", time_zone="Europe/Moscow")
    return reserve(session, candidate, add_slot(session, recruiter, NOW + timedelta(days=1)).id, now=NOW)


def _draft(key, body=None, *, language="ru", city=None):
    return Draft(key=key, language=language, city_id=city and city.id, body=body or shipped(language)[key])


def _sent(session, kind):
    session.flush()
    return session.query(OutboxMessage).filter_by(kind=kind).one().body


def test_what_is_previewed_is_what_is_sent(session, ivan):
    _booked(session, ivan)
    for key in ("booking.booked", "staff.booked"):
        preview = outgoing(session, ivan, _draft(key), now=NOW)
        assert (preview.html, preview.sampled) == (_sent(session, key), [])


def test_the_hours_are_the_readers(session, ivan):
    _booked(session, ivan)
    body = "{{ hour }} {{ zone }}"
    assert outgoing(session, ivan, _draft("booking.booked", body), now=NOW).html == "15:00 UTC+6"
    assert outgoing(session, ivan, _draft("staff.booked", body), now=NOW).html == "12:00 UTC+3"


def test_without_a_booking_the_hour_is_a_sample_and_said_to_be_one(session, ivan):
    values, sampled = filled(session, ivan, "booking.booked", language="ru", now=NOW)
    assert (values["city"], values["address"], values["zone"]) == ("Омск", "пр. Мира, 1", "UTC+6")
    assert sampled == ["day", "hour", "link", "recruiter"]


def test_hostile_names_are_escaped(session, ivan):
    preview = outgoing(session, ivan, _draft("name.ask", "Вы {{ name }}"), now=NOW)
    assert preview.html == "Вы Иван &lt;Грозный&gt;"


def test_every_text_can_be_previewed_for_somebody_of_whom_nothing_is_known(session):
    stranger = add_candidate(session)
    for key in shipped("ru"):
        if not is_label(key):
            assert outgoing(session, stranger, _draft(key), now=NOW).html


def test_a_draft_that_cannot_be_sent_to_this_person_is_refused(session, ivan):
    with pytest.raises(BadText, match="not closed"):
        outgoing(session, ivan, _draft("help", "<b>x"), now=NOW)


MOSCOW, OMSK = 1, 2


@pytest.mark.parametrize(
    ("language", "city_id", "stands_in", "reads_it"),
    [
        ("ru", None, "shipped", True),
        ("ru", None, None, True),
        ("ru", None, OMSK, False),
        ("ru", OMSK, OMSK, True),
        ("ru", OMSK, None, True),
        ("ru", MOSCOW, None, False),
        ("en", None, "shipped", False),
        ("en", OMSK, OMSK, False),
    ],
)
def test_who_reads_a_draft(language, city_id, stands_in, reads_it):
    """The reader speaks Russian in Omsk; `stands_in` is where the text in force for that reader belongs."""
    draft = Draft(key="help", language=language, city_id=city_id, body="x")
    stands = None if stands_in == "shipped" else InForce(id=1, body="y", city_id=stands_in)
    assert is_read_by(draft, "ru", OMSK, stands) == reads_it


def test_who_does_not_read_the_draft_is_shown_the_own_text(session, ivan, omsk):
    save_override(session, "help", "Омску", language="ru", city_id=omsk.id, author="Ольга")
    session.flush()
    preview = outgoing(session, ivan, _draft("help", "Всем"), now=NOW)
    assert (preview.html, preview.is_draft, preview.language, preview.city_id) == ("Омску", False, "ru", omsk.id)
    english = outgoing(session, ivan, _draft("help", "For all", language="en"), now=NOW)
    assert (english.html, english.is_draft, english.language) == ("Омску", False, "ru")


def test_a_text_for_recruiters_is_read_in_russian_whatever_the_candidate_speaks(session, ivan):
    ivan.language = "en"
    _booked(session, ivan)
    preview = outgoing(session, ivan, _draft("staff.booked", "{{ candidate }}: {{ day }}"), now=NOW)
    assert (preview.html, preview.is_draft) == ("Иван &lt;Грозный&gt;: Вторник, 24 ноября", True)


def test_a_preview_writes_nothing(session, ivan, omsk):
    override = save_override(session, "help", "Омску", language="ru", city_id=omsk.id, author="Ольга")
    session.flush()
    override.body = "<b>Омску {{"
    session.flush()
    assert outgoing(session, ivan, _draft("help", "Всем"), now=NOW).html == shipped("ru")["help"].strip()
    assert session.get_one(TextOverride, override.id, populate_existing=True).broken_at is None


def test_a_question_is_the_one_that_was_asked_last(session, ivan):
    add_test(session, typed_question("age"), typed_question("city"))
    attempt = begin_test1(session, ivan, now=NOW)
    ask_next(session, attempt, now=NOW)
    values, sampled = filled(session, ivan, "question.ask", language="ru", now=NOW)
    assert (values["question"], values["number"], values["total"]) == ("age?", 1, 2)
    assert sampled == []


def test_an_offer_is_the_one_that_is_open(session, ivan):
    _, sampled = filled(session, ivan, "slot.offered", language="ru", now=NOW)
    assert sampled == ["day", "hour", "until"]
    slot = add_slot(session, add_recruiter(session, ivan.city), NOW + timedelta(days=1))
    wait(session, ivan, Purpose.INTERVIEW, now=NOW)
    waiting = session.query(Waiting).one()
    offer = Offer(waiting=waiting, slot=slot, offered_at=NOW, expires_at=NOW + timedelta(minutes=15))
    offer.status = OfferStatus.OPEN
    session.add(offer)
    session.flush()
    values, sampled = filled(session, ivan, "slot.offered", language="ru", now=NOW)
    assert (values["hour"], values["until"], sampled) == ("15:00", "15:15", [])
