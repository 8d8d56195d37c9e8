"""What people type as a name, a phone number and a city."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recruitsmart.domain.candidates.phrases import is_sentence
from recruitsmart.domain.candidates.rules import (
    CityMatch,
    CityName,
    NameProblem,
    find_phone,
    folded,
    match_city,
    parse_full_name,
    parse_phone,
)

NAME_COLUMN = 200
MOSCOW = CityName(id=1, name="Москва", aliases=("Moscow", "мск"))
ORYOL = CityName(id=2, name="Орёл")
YEKATERINBURG = CityName(id=3, name="Екатеринбург", aliases=("Екб", "Yekaterinburg"))
ROSTOV = CityName(id=4, name="Ростов-на-Дону")
CITIES = (MOSCOW, ORYOL, YEKATERINBURG, ROSTOV)
HOSTILE = ["<script>alert(1)</script>", "'; drop table cities; --", "%", "_", "\0", "\u202eавксоМ", "🏙", "А" * 4000]


@pytest.mark.parametrize(
    "typed",
    [
        "Анна Иванова",
        "José García Márquez",
        "Nguyễn Văn An",
        "محمد علي",
        "علی‌رضا احمدی",
        "प्रिया शर्मा",
        "सुनील गुप्ता",
        "สุชาติ ใจดี",
        "יצחק כהן",
        "ნინო ბერიძე",
        "Արամ Խաչատրյան",
        "王 小明",
    ],
)
def test_a_name_of_any_alphabet_is_taken_as_it_is(typed):
    assert parse_full_name(typed) == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Анна-Мария Иванова",
        "Mary O'Neil",
        "Mary O’Neil",
        "Gʻulom Karimov",
        "G‘ulom Karimov",
        "Мар`яна Кос",
        "А. Иванов",
    ],
)
def test_hyphens_apostrophes_and_initials_belong_to_names(typed):
    assert parse_full_name(typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "Анна Иванова2",
        "Анна 😀",
        "Анна ❤️ Иванова",
        "Анна_Мария Иванова",
        "<b>Анна</b> Иванова",
        "Анна @ivanova",
        "Анна -",
        "Анна -Иванова",
        "Анна \u202eИванова",
        "Анна \u200d",
        "Анна\0 Иванова",
        "\u0301 \u0301\u0301",
    ],
)
def test_what_is_no_letter_is_refused(typed):
    assert parse_full_name(typed) is NameProblem.LETTERS


@pytest.mark.parametrize("typed", ["", "   ", "Анна", "А Б В Г Д Е", "А" * 4000])
def test_a_name_has_two_to_five_words(typed):
    assert parse_full_name(typed) is NameProblem.WORDS


def test_a_name_of_five_words_is_taken():
    assert parse_full_name("Абдул Рахман Ибн Саид Аль-Фарси") == "Абдул Рахман Ибн Саид Аль-Фарси"


@pytest.mark.parametrize(
    "typed",
    [
        "i want a job please",
        "I want work",
        "Looking for work",
        "looking for a job",
        "my name is Anna",
        "I am Anna Miller",
        "i’m Anna Miller",
        "hello there",
        "Hello Anna Miller",
        "good morning",
        "how are you",
        "what is this",
        "do you have work",
        "i dont know",
        "not sure yet",
        "tell me more",
        "call me later",
        "PART TIME JOB",
        "Хочу работать у вас",
        "хочу работать",
        "нужна работа",
        "ищу работу в москве",
        "Меня зовут Анна Иванова",
        "я анна здравствуйте",
        "Добрый день",
        "доброе утро",
        "добрый вечер анна иванова",
        "какая у вас зарплата",
        "сколько вы платите",
        "пока не знаю",
        "ещё не решила",
        "моё имя анна",
        "где вы находитесь",
        "Можно потом",
        "а что это",
        "мы из омска",
        "я согласна",
        "I agree",
        "не понимаю",
        "кто вы",
        "ты бот",
        "it's Anna Miller",
    ],
)
def test_a_sentence_is_no_name(typed):
    assert is_sentence(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "anna miller",
        "jan van der berg",
        "maria da silva",
        "ludwig von beethoven",
        "muhammad bin salman al saud",
        "leonardo di caprio",
        "jean de la fontaine",
        "do my linh",
        "nguyen the anh",
        "can yilmaz",
        "will good",
        "anna day",
        "job cohen",
        "john want",
        "mark i miller",
        "you jia",
        "kim so hee",
        "no min woo",
        "he ming",
        "a i petrov",
        "иванова анна петровна",
        "мамедов али гасан оглы",
        "али оглы",
        "гулиева лейла ариф кызы",
        "иванов с к",
        "пётр фон дер ховен",
        "у цзинь",
        "ли на",
        "ю ирина ивановна",
        "ким ен су",
        "вера добрый",
        "любовь утро",
        "надежда хороших",
        "мария не",
        "анна иванова я",
    ],
)
def test_a_name_in_small_letters_is_taken(typed):
    assert parse_full_name(typed).casefold() == typed
    assert not is_sentence(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Ivanov I. I.", "I. I. Ivanov", "IVANOV I I", "Яковлев Я. Я.", "Я. Я. Петерс", "Khin Me Me", "Li You You",
        "Не Не Вин", "Вас Ирина", "Jakob Dont", "Ali Can Yes",
    ],
)  # fmt: skip
def test_initials_and_doubled_syllables_are_no_sentence(typed):
    assert not is_sentence(typed)


@pytest.mark.parametrize(
    "typed", ["А" * 2000 + " " + "Б" * 1999, "А" * 41 + " Иванова", " ".join(["Абвгдежзиклмнопрстуфхцчшщэ"] * 5)]
)
def test_a_name_of_unreasonable_length_is_refused(typed):
    assert parse_full_name(typed) is NameProblem.LENGTH


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("анна иванова", "Анна Иванова"),
        ("АННА ИВАНОВА", "Анна Иванова"),
        ("mary-jane o’neil", "Mary-Jane O’Neil"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("анна МакГрегор", "анна МакГрегор"),
    ],
)
def test_capitals_are_given_only_to_a_name_typed_without_difference(typed, name):
    assert parse_full_name(typed) == name


def test_spaces_around_and_inside_a_name_are_tidied():
    assert parse_full_name("  Анна \n\t Иванова ") == "Анна Иванова"


@given(st.text())
@example(" ".join(["ΐ-" * 19 + "ΐ"] * 3))
@example("ß" * 40 + " " + "ŉ-" * 20)
def test_whatever_is_typed_a_name_taken_fits_its_column(typed):
    name = parse_full_name(typed)
    assert isinstance(name, NameProblem) or (len(name) <= NAME_COLUMN and 2 <= len(name.split()) <= 5)


@pytest.mark.parametrize(
    "typed",
    [
        "+7 912 345-67-89",
        "+79123456789",
        "8 (912) 345 67 89",
        "89123456789",
        "79123456789",
        "912 345 67 89",
        "  8-912-345-67-89 \n",
        "+٧٩١٢٣٤٥٦٧٨٩",
    ],
)
def test_all_russian_ways_to_write_a_number_are_one_number(typed):
    assert parse_phone(typed) == "+79123456789"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+375 29 123-45-67", "+375291234567"),
        ("+998 90 123 45 67", "+998901234567"),
        ("+44 7911 123456", "+447911123456"),
    ],
)
def test_a_foreign_number_needs_its_country_code(typed, number):
    assert parse_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", " ", "+", "позвоните мне", "123", "+7 000 000-00-00", "+999 123456789", "📞", "\0", "8 912 345", "+7912" * 3],
)
def test_what_is_no_number_is_refused(typed):
    assert parse_phone(typed) is None


@pytest.mark.parametrize("typed", ["8" * 4000, "+7912345678" + "9" * 4000, "8 912 345-67-89 " * 200])
def test_a_very_long_number_is_refused(typed):
    assert parse_phone(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "8 912 345 67 89 звоните после 6",
        "Анна, +7 (912) 345-67-89!",
        "89123456789 или 8 495 123-45-67",
        "tel 89123456789",
    ],
)
def test_a_number_among_other_words_is_found_the_first_of_two(typed):
    assert find_phone(typed) == "+79123456789"


@pytest.mark.parametrize("typed", ["звоните после 6", "12", "", "8" * 4000, "8912345678, 25.11.1998"])
def test_among_words_without_a_number_none_is_found(typed):
    assert find_phone(typed) is None


@given(st.one_of(st.text(), st.text(alphabet="+0123456789 ()-.#;tel:ext,*/\u0660\u0661")))
def test_whatever_is_typed_a_phone_is_a_number_or_nothing(typed):
    phone = parse_phone(typed)
    assert phone is None or (phone.startswith("+") and phone[1:].isdecimal() and len(phone) <= 20)


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("москва", MOSCOW),
        (" МОСКВА ", MOSCOW),
        ("Орел", ORYOL),
        ("ОРЁЛ", ORYOL),
        ("МСК", MOSCOW),
        ("moscow", MOSCOW),
        ("ростов на дону", ROSTOV),
        ("Ростов - на - Дону", ROSTOV),
    ],
)
def test_case_and_dots_and_hyphens_and_aliases_do_not_matter(typed, city):
    assert match_city(typed, CITIES) == CityMatch(city=city, certain=True)


@pytest.mark.parametrize(
    "typed", ["г. Москва", "г.Москва", "г Москва", "гор. Москва", "город Москва", "Москва.", "Москва!"]
)
def test_a_mark_of_cities_and_a_full_stop_do_not_matter(typed):
    assert match_city(typed, CITIES) == CityMatch(city=MOSCOW, certain=True)


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("в Москве", MOSCOW),
        ("хочу работать в Москве", MOSCOW),
        ("Москва, Люберцы", MOSCOW),
        ("I live in Moscow now", MOSCOW),
        ("я из мск", MOSCOW),
        ("в Ростове-на-Дону есть работа?", ROSTOV),
        ("город Екатеренбург", YEKATERINBURG),
    ],
)
def test_a_city_among_other_words_is_a_guess(typed, city):
    assert match_city(typed, CITIES) == CityMatch(city=city, certain=False)


@pytest.mark.parametrize("typed", ["Москва или Орёл", "можно удалённо?", "а какие есть города"])
def test_two_cities_or_none_among_other_words_are_no_guess(typed):
    assert match_city(typed, CITIES) is None


@pytest.mark.parametrize(
    ("typed", "city"),
    [("Екатеренбург", YEKATERINBURG), ("Масква", MOSCOW), ("Moskow", MOSCOW), ("Ростов-на-Дон", ROSTOV)],
)
def test_a_typo_makes_a_guess(typed, city):
    assert match_city(typed, CITIES) == CityMatch(city=city, certain=False)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_near_cities_the_nearer_one_is_the_guess_whichever_comes_first(order):
    near, nearer = CityName(id=1, name="Артемовский"), CityName(id=2, name="Артемовск")
    assert match_city("Артемовска", [near, nearer][::order]) == CityMatch(city=nearer, certain=False)


def test_a_city_named_exactly_wins_over_one_that_is_near_and_comes_first():
    near, exact = CityName(id=1, name="Артемовск"), CityName(id=2, name="Артемовский")
    assert match_city("артемовский", [near, exact]) == CityMatch(city=exact, certain=True)


@pytest.mark.parametrize("typed", ["Париж", "М", "любой", "12345", *HOSTILE])
def test_what_is_near_to_no_city_is_none(typed):
    assert match_city(typed, CITIES) is None


@pytest.mark.parametrize("before", ["ж" * 300, "㌀" * 80], ids=["typed", "compared"])
def test_a_city_is_looked_for_in_the_first_characters_only(before):
    """Of what was typed and of what is compared: of one character there may become eighteen."""
    assert match_city(f"{before} Москва", CITIES) is None


@pytest.mark.parametrize("typed", ["", "  ", "-", "—"])
def test_nothing_typed_is_no_city_even_where_an_alias_is_nothing(typed):
    assert match_city(typed, [CityName(id=1, name="Москва", aliases=("", "-"))]) is None


def test_without_cities_nothing_matches():
    assert match_city("Москва", []) is None


@given(st.text(), st.lists(st.text(), max_size=3))
def test_whatever_is_typed_a_city_is_one_of_the_known_or_none(typed, aliases):
    known = [CityName(id=1, name="Москва", aliases=tuple(aliases)), ORYOL]
    match = match_city(typed, known)
    assert match is None or match.city in known


@given(st.text())
def test_a_city_is_certain_however_its_name_is_spelled(name):
    spelled = f" {name.upper()}  "
    if folded(name) and folded(spelled) == folded(name):
        assert match_city(spelled, [CityName(id=1, name=name)]).certain


def test_the_beginning_of_a_city_is_a_guess():
    city = CityName(id=9, name="Новосибирск")
    assert match_city("новосиб", [city]) == CityMatch(city=city, certain=False)
    assert match_city("но", [city]) is None
