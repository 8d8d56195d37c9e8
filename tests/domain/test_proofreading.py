"""What may be saved as a text: it can be sent to everybody, whatever is missing and however long the values are."""

from itertools import product

import pytest

from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging.operations import replace_override, save_override
from recruitsmart.domain.messaging.proofreading import greatest_length, proofread
from recruitsmart.domain.messaging.samples import MAY_BE_MISSING
from recruitsmart.domain.messaging.texts import CAPTIONS, LANGUAGES, LONGEST, LONGEST_CAPTION, is_label, shipped
from recruitsmart.domain.slots.models import Booking, Purpose
from recruitsmart.domain.slots.wording import values_for_recruiter
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

SAID = [(language, key) for language, key in product(LANGUAGES, shipped("ru")) if not is_label(key)]


@pytest.mark.parametrize(("language", "key"), SAID)
def test_every_shipped_text_passes(language, key):
    proofread(key, shipped(language)[key], language=language)


@pytest.mark.parametrize(
    "body",
    [
        "Привет, {{ name }}!",
        "{% if name %}{{ name }}{% endif %}!",
        "<b>Без имени</b>",
        "{{ name | default('друг') | upper }}",
        "{{ 'Есть' if name else 'Нет' }}",
        "{% if name is none %}Нет{% else %}<i>{{ name }}</i>{% endif %}",
        "x" * LONGEST,
        "<b>" + "x" * LONGEST + "</b>",
    ],
)
def test_a_text_that_can_be_sent_is_taken(body):
    proofread("name.ask", body, language="ru")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Привет, {{ nmae }}!", "Unknown variable: nmae. This text knows: name"),
        ("{{ city }} {{ hour }}", "Unknown variable: city, hour"),
        ("Привет,\n{{ name }!", "Line 2 of the template does not parse"),
        ("{% if name %}Привет", "does not parse"),
        ("{{ name | shout }}", "not “shout”"),
        ("{{ name | safe }}", "not “safe”"),
        ("{% for letter in name %}{{ letter }}{% endfor %}", "not “for”"),
        ("{{ name.upper() }}", "not “"),
        ("{{ name * 9 }}", "not “mul”"),
        ("{% set x = 1 %}x", "not “assign”"),
        ("{% include 'x' %}", "not “include”"),
        ("{{ '{{' }}<b>", "<b> is not closed"),
        ("{% if name %}<b>{% endif %}x{% if name %}</b>{% endif %}</i>", "closes nothing"),
        ("x" * (LONGEST + 1), "has 4097 characters"),
        ("😀" * (LONGEST // 2 + 1), "has 4098 characters"),
        ("", "empty"),
        (" \n ", "empty"),
        ("<b> </b>", "empty"),
        ("{{ name }}", "nothing is left"),
        ("{% if name > 3 %}x{% endif %}y", "cannot be filled in: TypeError"),
        ("{% if name %}" * 200 + "x" + "{% endif %}" * 200, "too deep"),
        ("{# " + "x" * 20_000 + " #}x", "Telegram takes at most"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_with_the_reason(body, reason):
    with pytest.raises(BadText, match=reason):
        proofread("name.ask", body, language="ru")


def test_html_that_breaks_only_where_a_value_is_missing_is_refused():
    with pytest.raises(BadText, match="</b> closes nothing"):
        proofread("booking.booked", "x{% if link %}<b>{% endif %}y</b>", language="ru")


def test_html_that_breaks_only_the_other_way_of_a_switch_is_refused():
    with pytest.raises(BadText, match="<b> is not closed"):
        proofread("booking.status", "x{% if pending %}<b>{% endif %}y", language="ru")


def test_everything_that_a_booking_may_lack_is_proofread_without_it(session):
    bare = add_recruiter(session, add_city(session), meeting_url="")
    candidate = add_chooser(session, bare.cities[0], phone=None)
    booking = Booking(
        slot=add_slot(session, bare, NOW), candidate=candidate, time_zone="Europe/Moscow", purpose=Purpose.INTERVIEW
    )
    lacking = {name for name, value in values_for_recruiter(booking).items() if value == ""}
    assert lacking == {"link", "address", "map", "contact", "bring"}
    assert lacking <= MAY_BE_MISSING
    with pytest.raises(BadText, match="nothing is left"):
        proofread("reminder.last", "{{ contact }}", language="ru")


def test_the_length_is_that_with_the_longest_values():
    body = "{{ recruiter }}" + "x" * (LONGEST - 199)
    with pytest.raises(BadText, match="With the longest names and addresses the text has 4097 characters"):
        proofread("booking.booked", body, language="ru")
    proofread("booking.booked", body[:-1], language="ru")
    assert greatest_length("booking.booked", body[:-1], language="ru") == LONGEST


def test_words_that_go_with_a_file_are_shorter():
    for key in CAPTIONS:
        proofread(key, "x" * LONGEST_CAPTION, language="ru")
        with pytest.raises(BadText, match="at most 1024"):
            proofread(key, "x" * (LONGEST_CAPTION + 1), language="ru")


def test_a_text_that_does_not_exist_and_a_label_cannot_be_changed():
    with pytest.raises(BadText, match="no text called “nothing”"):
        proofread("nothing", "слова", language="ru")
    with pytest.raises(BadText, match="label of a button"):
        proofread("button.agree", "слова", language="ru")


def _save(session, body, key="booking.booked", **place):
    return save_override(session, key, body, **{"language": "ru", "city_id": None, "author": "Ольга", **place})


@pytest.mark.parametrize("body", ["<b>x", "{{ nobody }}", "x" * (LONGEST + 1)])
def test_every_way_to_save_refuses_what_cannot_be_sent(session, body):
    with pytest.raises(BadText):
        _save(session, body)
    with pytest.raises(BadText):
        replace_override(session, "help", body, language="ru", city_id=None, author="Ольга", version=0)
    assert not session.new


def test_an_address_that_is_longer_than_any_before_counts(session):
    body = "{{ address }}{{ link }}{{ contact }}" + "x" * (LONGEST - 900)
    _save(session, body, "reminder.last")
    city = add_city(session, address="у" * 301, contact_person="И" * 301)
    add_recruiter(session, city, meeting_url="http://e.org/" + "x" * 288)
    with pytest.raises(BadText, match="the text has 4099 characters"):
        _save(session, body, "reminder.last")


def test_a_text_for_recruiters_is_the_same_in_all_cities(session):
    with pytest.raises(BadText, match="same in all cities"):
        _save(session, "слова", "staff.booked", city_id=add_city(session).id)
