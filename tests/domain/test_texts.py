"""The shipped texts, their overrides, and rendering."""

import re
from html.parser import HTMLParser
from itertools import product

import pytest

from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.operations import save_override
from recruitsmart.domain.messaging.queries import override_for
from recruitsmart.domain.messaging.samples import gaps, sample_values
from recruitsmart.domain.messaging.texts import LANGUAGES, LONGEST, label, render, shipped, variables
from tests.factories import add_city

KEYS = sorted(shipped("ru"))
NUMBERS = {"highest": 60, "length": 1200, "longest": 1000, "lowest": 18, "number": 3, "shortest": 10, "total": 10}
SAMPLE = {name: f"«{name}»" for key in KEYS for name in variables(key)} | NUMBERS
EMPTY = {name: 0 if name in NUMBERS else "" for name in SAMPLE}
EACH = list(product(LANGUAGES, KEYS))
SAME_EVERYWHERE = {"language.ask", "question.ask"}
HOSTILE = "<script>alert('&')</script>"
TELEGRAM_TAGS = {"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"}


class _Markup(HTMLParser):
    """Which tags are open at the end, and which Telegram does not know."""

    def __init__(self, text):
        super().__init__()
        self.open, self.unknown = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.unknown |= {tag} - TELEGRAM_TAGS

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_all_languages_have_the_same_texts():
    assert {language: sorted(shipped(language)) for language in LANGUAGES} == dict.fromkeys(LANGUAGES, KEYS)


@pytest.mark.parametrize(("language", "key"), EACH)
def test_a_shipped_text_can_be_said(language, key):
    said = render(key, language, SAMPLE)
    assert 0 < len(said) <= LONGEST


@pytest.mark.parametrize(("language", "key"), EACH)
def test_a_shipped_text_can_be_said_where_its_values_are_empty(language, key):
    assert render(key, language, EMPTY)


@pytest.mark.parametrize(("language", "key"), EACH)
def test_no_sentence_of_a_shipped_text_breaks_off_where_a_value_is_missing(language, key):
    for values in gaps(key, language):
        if (values.get("old_day") is None) == (values.get("old_hour") is None):  # these two are missing together
            said = re.sub("<[^>]+>", "", render(key, language, values))
            assert not re.search(r"[:,(—]\s*[.,;!?)]", said), said


@pytest.mark.parametrize("key", [key for key in KEYS if key.startswith("hour.wish_")] + ["hour.declined"])
def test_what_is_said_of_interviews_and_of_introductory_days_alike_names_no_hour(key):
    said = re.sub("<[^>]+>", "", shipped("ru")[key] + " " + shipped("en")[key])
    assert not re.search(r"\bhours?\b|\bчас(?:а|ы|ов)?\b", said), said


@pytest.mark.parametrize(("language", "key"), EACH)
def test_sentences_and_paragraphs_of_a_shipped_text_keep_their_distance(language, key):
    said = re.sub("<[^>]+>", "", render(key, language, sample_values(key, language)))
    assert not re.search(r"\w\)?[.!?][A-ZА-ЯЁ]|\n{3}", said)


@pytest.mark.parametrize(("language", "key"), EACH)
def test_the_markup_of_a_shipped_text_is_telegrams_and_whole(language, key):
    markup = _Markup(render(key, language, SAMPLE))
    assert (markup.open, markup.unknown) == ([], set())


@pytest.mark.parametrize("key", [key for key in KEYS if key not in SAME_EVERYWHERE])
def test_a_shipped_text_is_translated(key):
    assert shipped("ru")[key] != shipped("en")[key]


@pytest.mark.parametrize("key", KEYS)
def test_every_language_uses_the_same_variables(key):
    used = [texts.meta.find_undeclared_variables(texts._jinja.parse(shipped(language)[key])) for language in LANGUAGES]
    assert used[0] == used[1] == variables(key)


@pytest.mark.parametrize(("key", "name"), [(key, name) for key in KEYS for name in variables(key)])
def test_a_value_is_escaped(key, name):
    assert "<script>" not in render(key, "ru", SAMPLE | {name: HOSTILE})


def test_an_escaped_value_can_still_be_read():
    assert render("city.taken", "en", {"city": "A < B & C"}) == "City: <b>A &lt; B &amp; C</b>."


def test_a_label_is_plain_words():
    assert label("city.taken", "en", city="A < B & C") == "City: <b>A < B & C</b>."


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("en", "en"), ("en-GB", "en"), ("EN", "en"), ("de", "ru"), ("", "ru"), (None, "ru"), ("eng", "ru")],
)
def test_the_language_is_the_shipped_one_nearest_to_telegrams(code, language):
    assert texts.language_for(code) == language


@pytest.mark.parametrize(
    "broken",
    [
        "{{ nmae }}",
        "{{ name",
        "{{ name.boss.name }}",
        "{{ name | shout }}",
        "{{ name + 1 }}",
        "{{ 1 / 0 }}",
        "{{ name.format }}{{ name() }}",
        "{% include 'other' %}",
        "{% for n in range(10000000) %}x{% endfor %}",
        "{% if false %}{{ name }}{% endif %}",
        "{{ name * 5000 }}",
        "<b>{{ name }}",
        "{% if name %}<b>{% endif %}{{ name }}",
        "{{ name }} <script>",
        "{{ name | safe }}",
        "я" * (LONGEST + 1),
    ],
)
def test_instead_of_a_broken_override_the_shipped_text_goes_out(broken):
    assert render("name.ask", "en", SAMPLE, override=broken) == render("name.ask", "en", SAMPLE)


def test_the_reason_why_an_override_is_broken_is_told():
    reasons = []
    render("name.ask", "en", SAMPLE, override="<b>{{ name }}", broken=reasons.append)
    assert reasons == ["The tag <b> is not closed."]


def test_nothing_missing_is_called_none():
    assert render("name.ask", "en", {"name": None}, override="Hello{{ name }}!") == "Hello!"


@pytest.mark.parametrize("name", ["upper", "lower", "capitalize", "title", "trim"])
def test_nor_is_what_a_filter_makes_of_it(name):
    assert texts.filled_in("{{ hint|" + name + " }}.", {"hint": None}, allowed=frozenset({"hint"})) == "."
    assert texts.filled_in("{{ hint|upper }}", {"hint": "a"}, allowed=frozenset({"hint"})) == "A"


def test_an_override_goes_out_instead_of_the_shipped_text():
    assert render("name.ask", "en", {"name": "<Ann>"}, override="Hi <b>{{ name }}</b>") == "Hi <b>&lt;Ann&gt;</b>"


@pytest.fixture
def moscow(session):
    return add_city(session)


def _save(session, body, city=None):
    save_override(session, "help", body, language="ru", city_id=city and city.id, author="Ольга")
    session.flush()


def _in_force(session, city=None, language="ru"):
    return override_for(session, "help", language=language, city_id=city and city.id)


def test_without_an_override_the_shipped_text_is_in_force(session, moscow):
    assert _in_force(session, moscow) is None


def test_an_override_for_all_cities_is_in_force_in_each(session, moscow):
    _save(session, "всем")
    assert (_in_force(session), _in_force(session, moscow)) == ("всем", "всем")


def test_an_override_of_the_city_beats_the_one_for_all_cities(session, moscow):
    _save(session, "Москве", moscow)
    _save(session, "всем")
    assert _in_force(session, moscow) == "Москве"


def test_an_override_of_a_city_is_not_in_force_elsewhere(session, moscow):
    _save(session, "Москве", moscow)
    assert (_in_force(session), _in_force(session, add_city(session, "Орёл"))) == (None, None)


def test_an_override_is_of_one_language(session):
    _save(session, "всем")
    assert _in_force(session, language="en") is None


def test_the_newest_version_is_in_force(session):
    for body in ("раз", "два", "три"):
        _save(session, body)
    assert _in_force(session) == "три"


def test_going_back_to_no_override_brings_the_shipped_text(session):
    _save(session, "всем")
    _save(session, None)
    assert _in_force(session) is None


def test_going_back_in_a_city_brings_what_all_cities_have(session, moscow):
    _save(session, "всем")
    _save(session, "Москве", moscow)
    _save(session, None, moscow)
    assert _in_force(session, moscow) == "всем"


def test_going_back_for_all_cities_leaves_the_one_of_a_city(session, moscow):
    _save(session, "Москве", moscow)
    _save(session, None)
    assert _in_force(session, moscow) == "Москве"


def test_an_override_that_is_refused_is_not_saved(session):
    with pytest.raises(BadText):
        _save(session, "{{ nobody }}")
    assert _in_force(session) is None


def test_versions_are_numbered_per_city(session, moscow):
    _save(session, "всем")
    numbered = [
        save_override(session, "help", body, language="ru", city_id=moscow.id, author="Ольга").version
        for body in ("раз", "два")
    ]
    assert numbered == [1, 2]
