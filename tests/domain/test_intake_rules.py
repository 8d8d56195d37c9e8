"""What the lines of a file with people say: headings, names, phones, cities, hostile cells."""

import pytest

from recruitsmart.domain.candidates.rules import CityName
from recruitsmart.domain.intake.rules import Frame, Reading, guessed, read

CITIES = (CityName(id=1, name="Москва", aliases=("мск",)), CityName(id=2, name="Казань"))
COLUMNS = {"name": 0, "phone": 1, "city": 2, "username": 3, "source": 4}


def _read(*cells: str, **frame: object) -> Reading:
    return read(cells, Frame(**{"mapping": COLUMNS, "cities": CITIES, **frame}))


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [
        (["ФИО", "Телефон", "Город"], {"name": 0, "phone": 1, "city": 2}),
        (["№", "Кандидат ", "Моб.", "Источник:", "Telegram"], {"name": 1, "phone": 2, "source": 3, "username": 4}),
        (["Фамилия", "Имя", "Отчество", "Тел"], {"last_name": 0, "first_name": 1, "middle_name": 2, "phone": 3}),
        (["Имя", "Телефон"], {"name": 0, "phone": 1}),
        (["Full name", "PHONE", "City", "Username"], {"name": 0, "phone": 1, "city": 2, "username": 3}),
        (["First name", "Last name", "Mobile"], {"first_name": 0, "last_name": 1, "phone": 2}),
        (["Анна Иванова", "+79123456789"], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_headings(headings: list[str], mapping: dict[str, int]) -> None:
    assert guessed(headings) == mapping


def test_a_whole_line_is_read() -> None:
    reading = _read(" анна  иванова ", "8 (912) 345-67-89", "мск", "https://t.me/anna_i", "hh")
    assert reading == Reading(
        full_name="Анна Иванова", phone="+79123456789", username="anna_i", city_id=1, source="hh"
    )  # fmt: skip


@pytest.mark.parametrize("typed", ["79123456789", "9123456789", "+7 912 345 67 89", "'+79123456789", "8-912-345-67-89"])
def test_a_phone_number_is_read_as_people_and_spreadsheets_write_it(typed: str) -> None:
    assert _read("Анна Иванова", typed).phone == "+79123456789"


def test_a_name_is_put_together_from_its_columns() -> None:
    columns = {"last_name": 0, "first_name": 1, "middle_name": 2, "phone": 3}
    assert _read("Иванова", "Анна", "", "89123456789", mapping=columns).full_name == "Иванова Анна"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (("", "89123456789"), "There is no name."),
        (("Анна", "89123456789"), "“Анна” is no full name: write two to five words."),
        (("Анна 2", "89123456789"), "“Анна 2” is no name: a name has letters only."),
        (("Анна Иванова", ""), "There is no phone number."),
        (("Анна Иванова", "12"), "“12” is no phone number."),
        (("Анна Иванова", "89123456789", "Тверь"), "There is no active city “Тверь”."),
        (("Анна Иванова", "89123456789", "Казнь"), "There is no city “Казнь”. Is “Казань” meant?"),
        (("Анна Иванова", "89123456789", "", "a b"), "“a b” is no name in Telegram."),
        (("=1+1 Анна", "89123456789"), "A cell holds a formula; write the words themselves."),
        (("Анна Иванова", "=A1"), "A cell holds a formula; write the words themselves."),
        (("Анна Иванова", "89123456789", "", "", "@SUM(A1)"), "A cell holds a formula; write the words themselves."),
        (("А" * 501, "89123456789"), "A cell has more than 500 characters."),
        (("Анна", ""), "“Анна” is no full name: write two to five words. There is no phone number."),
    ],
)
def test_what_cannot_be_read_is_said_in_sentences(cells: tuple[str, ...], problem: str) -> None:
    assert " ".join(_read(*cells).problems) == problem


def test_a_long_wrong_value_is_shown_cut() -> None:
    (problem,) = _read("Анна Иванова", "9" * 400).problems
    assert len(problem) < 100


def test_a_line_without_a_city_takes_the_one_of_the_file_and_a_recruiter_needs_one() -> None:
    line = ("Анна Иванова", "89123456789", "")
    assert _read(*line, city_id=2).city_id == 2
    assert _read(*line).city_id is None
    assert _read(*line, city_needed=True).problems == ("There is no city.",)
    assert _read(*line, city_needed=True, city_id=2).problems == ()


def test_a_line_with_fewer_cells_than_columns_is_read_as_far_as_it_goes() -> None:
    assert _read("Анна Иванова", "89123456789").problems == ()
    assert _read().problems[0] == "There is no name."
