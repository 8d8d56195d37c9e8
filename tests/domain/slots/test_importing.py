"""Hours from a CSV file: what is read, and what is refused with its line and reason."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.importing import read_lines
from recruitsmart.domain.slots.models import Purpose, Slot
from tests.factories import add_recruiter

HEADER = "recruiter,city,date,time,minutes,seats,purpose\n"


@pytest.fixture(autouse=True)
def _known(recruiter):
    """Olga works in Moscow."""


def _problem(session, line):
    (only,) = read_lines(session, HEADER + line)
    assert only.draft is None
    return only.problem


@pytest.mark.parametrize(
    "line",
    [
        "Ольга,Москва,2026-11-25,15:00,45,2,intro_day",
        "  ольга , москва ,25.11.2026,15:00,45,2,INTRO_DAY",
        "ОЛЬГА,Москва,25/11/2026,15:00,45,2,intro_day",
    ],
)
def test_a_line_is_read_in_the_recruiters_zone(session, city, recruiter, line):
    (only,) = read_lines(session, HEADER + line)
    draft = only.draft
    assert (only.number, only.problem) == (2, None)
    assert draft.starts_at == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert (draft.recruiter_id, draft.city_id, draft.purpose) == (recruiter.id, city.id, Purpose.INTRO_DAY)
    assert (draft.duration, draft.capacity) == (timedelta(minutes=45), 2)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("beginning", ["", "\ufeff"])
def test_what_may_be_left_out_has_a_default(session, separator, beginning):
    text = (
        beginning
        + separator.join(("time", "Date", " RECRUITER "))
        + "\r\n"
        + separator.join(("9:30", "25.11.2026", "Ольга"))
    )
    (only,) = read_lines(session, text)
    assert (only.draft.duration, only.draft.capacity, only.draft.city_id) == (timedelta(minutes=30), 1, None)
    assert only.draft.starts_at == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Нина,,2026-11-25,15:00,,,", "no active recruiter “Нина”"),
        ("Ольга,Париж,2026-11-25,15:00,,,", "no active city “Париж”"),
        ("Ольга,,завтра,15:00,,,", "“завтра” is no date"),
        ("Ольга,,2026-02-30,15:00,,,", "is no date"),
        ("Ольга,,0001-01-01,00:00,,,", "is no date"),
        ("Ольга,,9999-12-31,23:00,,,", "is no date"),
        ("Ольга,,2026-11-25,25:00,,,", "“25:00” is no time"),
        ("Ольга,,2026-11-25,,,,", "is no time"),
        ("Ольга,,2026-11-25,15:00,4,,", "minutes must be a number from 5 to 720"),
        ("Ольга,,2026-11-25,15:00,721,,", "from 5 to 720"),
        ("Ольга,,2026-11-25,15:00,-30,,", "not “-30”"),
        (f"Ольга,,2026-11-25,15:00,{'9' * 5000},,", "from 5 to 720"),
        ("Ольга,,2026-11-25,15:00,,0,", "seats must be a number from 1 to 500"),
        ("Ольга,,2026-11-25,15:00,,,party", "purpose is interview or intro_day"),
        ("Ольга", "is no date"),
    ],
)
def test_a_wrong_line_says_why(session, line, reason):
    assert reason in _problem(session, line)


def test_of_two_recruiters_with_one_name_nobody_is_guessed(session, city):
    add_recruiter(session, city, name="ольга")
    assert "2 active recruiters" in _problem(session, "Ольга,,2026-11-25,15:00,,,")


def test_a_recruiter_who_left_is_unknown(session, recruiter):
    recruiter.active = False
    assert "no active recruiter" in _problem(session, "Ольга,,2026-11-25,15:00,,,")


def test_lines_are_counted_from_the_header_and_empty_ones_left_out(session):
    text = HEADER + "Ольга,,2026-11-25,15:00,,,\n\n,,,,,,\nНина,,2026-11-25,15:00,,,\n"
    assert [(line.number, line.problem is None) for line in read_lines(session, text)] == [(2, True), (5, False)]


@pytest.mark.parametrize("text", ["", "\n", "name,day\nОльга,1", "recruiter,date\n", "recruiter;date,time\n"])
def test_without_the_needed_columns_nothing_is_read(session, text):
    with pytest.raises(BadInput, match="must name the columns"):
        read_lines(session, text)


def test_too_many_lines_are_refused(session):
    with pytest.raises(BadInput, match="at most 2000"):
        read_lines(session, HEADER + "Ольга,,2026-11-25,15:00,,,\n" * 2001)


def test_a_field_of_a_megabyte_is_refused_in_a_sentence(session):
    with pytest.raises(BadInput, match="not a CSV file"):
        read_lines(session, HEADER + "О" * 1_000_000)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            ["Ольга", "Москва", ",", ";", "\t", "\n", '"', "2026-11-25", "0001-01-01", "15:00", "²", "=1+1", "\x00"]
        ),
        max_size=20,
    ).map("".join)
)  # fmt: skip
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_file_is_a_crash(session, text):
    for content in (text, HEADER + text):
        try:
            lines = read_lines(session, content)
        except BadInput:
            continue
        assert all((line.draft is None) != (line.problem is None) for line in lines)


def test_reading_writes_nothing(session):
    read_lines(session, HEADER + "Ольга,,2026-11-25,15:00,,,")
    assert session.scalar(select(func.count()).select_from(Slot)) == 0
