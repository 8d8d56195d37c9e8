"""Finding candidates: filters kept in the address, orders, and names with typing errors."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from recruitsmart.domain.candidates.models import Candidate, folded
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.slots.models import BookingStatus
from tests.panel import NOW, Company, Person

LIST = "/admin/candidates/"
DAY = timedelta(days=1)


def _found(person: Person, *names: str, **query: object) -> list[str]:
    page = person.get(LIST, **query).text.split("<tbody>")
    return [name for name in names if len(page) > 1 and name in page[1]]


def test_days_that_end_before_they_begin_are_named_and_kept(admin: Person, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    days = {"from": "2026-11-24", "to": "2026-11-23"}
    page = unescape(admin.get(LIST, **days).text)
    assert "позже дня" in page
    assert "Найдено" not in page
    assert [f'value="{day}"' in page for day in days.values()] == [True, True]
    one_day = unescape(admin.get(LIST, **{"from": "2026-11-23", "to": "2026-11-23"}).text)
    assert ("позже дня" in one_day, "Найдено: 1" in one_day) == (False, True)


@pytest.mark.parametrize("page", ["/admin/board/", "/admin/broadcasts/new"])
def test_other_pages_with_the_filter_name_them_too(admin: Person, company: Company, page: str) -> None:
    shown = admin.get(page, **{"from": "2026-11-24", "to": "2026-11-23"}).text
    assert "позже дня" in shown


@pytest.mark.parametrize(
    "typed",
    ["Иваноа", "Ивановна", "анна иваноа", "Ивонова", "ivanova", "ИВАНОВА АННА", "анна иваново"],
)
def test_a_misspelt_name_is_found(admin: Person, company: Company, typed: str) -> None:
    company.candidate("Анна Иванова", company.moscow)
    company.candidate("Пётр Сидоров", company.moscow)
    assert _found(admin, "Анна Иванова", "Пётр", q=typed) == ["Анна Иванова"]


@pytest.mark.parametrize("typed", ["петр", "Пётр", "щюкин", "шукин", "petr"])
def test_letters_that_sound_alike_are_one(admin: Person, company: Company, typed: str) -> None:
    company.candidate("Пётр Щукин", company.moscow)
    assert _found(admin, "Пётр", q=typed) == ["Пётр"]


def test_who_is_called_so_exactly_is_shown_alone(admin: Person, company: Company) -> None:
    company.candidate("Мария Котова", company.moscow)
    company.candidate("Марина Котова", company.moscow)
    assert _found(admin, "Мария", "Марина", q="Мария") == ["Мария"]
    assert _found(admin, "Мария", "Марина", q="Мариия") == ["Мария", "Марина"]


def test_alike_names_are_announced_and_not_written_to(admin: Person, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    exact, alike = admin.get(LIST, q="Иванова").text, admin.get(LIST, q="Иваноа").text
    assert ("похожие имена" in exact, "/admin/batches/choose" in exact) == (False, True)
    assert ("похожие имена" in alike, "/admin/batches/choose" in alike) == (True, False)


def test_alike_names_of_other_cities_stay_hidden(olga: Person, company: Company) -> None:
    company.candidate("Чужая Иванова", company.novosibirsk)
    assert _found(olga, "Чужая", q="Иваноа") == []


@pytest.mark.parametrize("typed", ["ь", "%", "ъь", "' or 1=1", "<%"])
def test_words_without_letters_find_nobody(admin: Person, company: Company, typed: str) -> None:
    company.candidate("Анна Иванова", company.moscow)
    assert _found(admin, "Анна", q=typed) == []


@pytest.mark.parametrize("name", ["Ёлкина Юлия-Щербакова", "Съезд ОБЪЁМ", "O'Brien 100%"])
def test_names_are_folded_here_as_in_the_database(company: Company, name: str) -> None:
    company.candidate(name, company.moscow)
    index = company.session.scalar(
        text("select indexdef from pg_indexes where indexname = 'ix_candidates_name_key'")
    )  # fmt: skip
    expression = index.split("gin (")[1].rsplit(" gin_trgm_ops", 1)[0]
    assert company.session.scalar(text(f"select {expression} from candidates")) == folded(name)


def test_a_search_can_use_the_index_of_names(company: Company) -> None:
    company.session.execute(text("set local enable_seqscan = off"))
    for condition in ("like '%ivanov%'", "%> 'ivanoa'"):
        key = "translate(lower(full_name), 'абвгдеёжзийклмнопрстуфхцчшщыэюяьъ', 'abvgdeejziiklmnoprstufxccwwieua')"
        plan = company.session.scalars(text(f"explain select id from candidates where {key} {condition}")).all()
        assert "ix_candidates_name_key" in "\n".join(plan)


def test_the_list_is_narrowed_by_the_recruiter_of_the_live_booking(admin: Person, company: Company) -> None:
    company.request(company.candidate("Живая", company.moscow), company.slot(company.olga))
    ended = company.request(company.candidate("Бывшая", company.moscow), company.slot(company.olga, hours_ahead=30))
    ended.status, ended.ended_at = BookingStatus.MOVED, NOW
    company.session.commit()
    company.request(company.candidate("Другая", company.novosibirsk), company.slot(company.darya))
    assert _found(admin, "Живая", "Бывшая", "Другая", recruiter=company.olga.id) == ["Живая"]


def test_the_list_is_narrowed_by_source_and_by_local_days(admin: Person, company: Company) -> None:
    """The installation's day begins at 00:00 of its own zone, which is Moscow's."""
    midnight = NOW.replace(hour=21) - DAY  # 23 November begins
    for name, at in (("Утром", midnight), ("Накануне", midnight - DAY / 86400), ("Назавтра", midnight + DAY)):
        company.candidate(name, company.moscow, created_at=at, source="poster" if name == "Утром" else None)
    names = ("Утром", "Накануне", "Назавтра")
    assert _found(admin, *names, source="poster") == ["Утром"]
    assert _found(admin, *names, source="post") == []
    assert _found(admin, *names, **{"from": "2026-11-23"}) == ["Утром", "Назавтра"]
    assert _found(admin, *names, to="2026-11-23") == ["Утром", "Накануне"]
    assert _found(admin, *names, **{"from": "2026-11-23", "to": "2026-11-23"}) == ["Утром"]


def test_the_list_is_narrowed_by_the_age_in_the_stage(admin: Person, company: Company) -> None:
    company.candidate("Давно", company.moscow, stage_since=NOW - 3 * DAY)
    company.candidate("Недавно", company.moscow, stage_since=NOW - 3 * DAY + timedelta(seconds=1))
    assert _found(admin, "Давно", "Недавно", days=3) == ["Давно"]


@pytest.mark.parametrize(
    "query",
    [
        {"days": "0"}, {"days": "99999999"}, {"days": "x"}, {"from": "0001-01-01"}, {"to": "9999-12-31"},
        {"recruiter": "x"}, {"source": "\0"}, {"sort": "x"}, {"after": "x_1"}, {"from": "31.12.2026"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_narrows_nothing(admin: Person, company: Company, query: dict[str, str]) -> None:
    company.candidate("Анна", company.moscow)
    assert _found(admin, "Анна", **query) == ["Анна"]


def test_the_form_shows_what_the_address_says_and_hands_it_to_a_broadcast(admin: Person, company: Company) -> None:
    company.candidate("Анна", company.moscow, source="poster", stage=Stage.SCREENING, stage_since=NOW - 9 * DAY)
    asked = {
        "q": "Анна", "stage": "screening", "source": "poster", "from": "2026-11-23", "to": "2026-11-23",
        "days": "9", "city": str(company.moscow.id),
    }  # fmt: skip
    page = unescape(admin.get(LIST, **asked).text)
    for name in ("source", "from", "to", "days"):
        assert f'name="{name}" value="{asked[name]}"' in page
    address = admin.get("/admin/batches/choose", act="message", whom="all", **asked).location
    form = unescape(admin.get(address).text)
    for name in ("source", "from", "to", "days"):
        assert f'name="{name}" value="{asked[name]}"' in form
    assert "outcome=active" in address


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["В", "Б", "А"]),
        ("oldest", ["А", "Б", "В"]),
        ("longest_at_stage", ["Б", "В", "А"]),
    ],
)
def test_pages_of_every_order_follow_each_other(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch, sort: str, names: list[str]
) -> None:
    monkeypatch.setattr("recruitsmart.admin.candidates.PAGE_SIZE", 1)
    for name, came, waits in (("А", 3, 1), ("Б", 2, 9), ("В", 1, 5)):
        company.candidate(f"Имя-{name}", None, created_at=NOW - came * DAY, stage_since=NOW - waits * DAY)
    seen, address = [], f"{LIST}?sort={sort}"
    while address and len(seen) < 5:
        page = unescape(admin.get(address).text)
        seen += [part[0] for part in page.split(">Имя-")[1:]]
        rest = page.partition('rel="next" href="')[2]
        address = LIST + rest.split('"')[0] if rest else ""
    assert seen == names


def test_an_ended_application_is_found_by_outcome(admin: Person, company: Company) -> None:
    anna: Candidate = company.candidate("Анна", company.moscow, outcome=Outcome.REJECTED, outcome_reason="x")
    assert _found(admin, anna.full_name, outcome="rejected") == ["Анна"]
    assert _found(admin, anna.full_name, outcome="active") == []
