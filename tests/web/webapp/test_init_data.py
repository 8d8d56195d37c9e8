"""Only what Telegram signed for our bot, and lately, is believed."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recruitsmart.web.webapp import init_data as subject
from recruitsmart.web.webapp.init_data import (
    Expired,
    Forged,
    FromTheFuture,
    InitDataRefused,
    Malformed,
    Missing,
    Visitor,
    WithoutUser,
    verified,
)
from tests.web.webapp.opening import TOKEN, init_data, sealed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = Visitor(chat_id=55, language_code="en")

# The example of the public documentation of Telegram's Mini Apps, signed by Telegram itself.
PUBLISHED = (
    "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name"
    "%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D"
    "&auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
)
PUBLISHED_TOKEN = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8"
PUBLISHED_AT = datetime.fromtimestamp(1662771648, UTC)


def refused(data: str, kind: type[InitDataRefused], *, token: str = TOKEN, now: datetime = NOW) -> None:
    with pytest.raises(InitDataRefused) as refusal:
        verified(data, token, now=now)
    assert type(refusal.value) is kind


def test_the_published_example_is_right() -> None:
    visitor = verified(PUBLISHED, PUBLISHED_TOKEN, now=PUBLISHED_AT)
    assert visitor == Visitor(chat_id=279058397, language_code="ru")


def test_the_published_example_is_wrong_for_every_other_bot() -> None:
    refused(PUBLISHED, Forged, token=TOKEN, now=PUBLISHED_AT)


def test_the_order_of_the_fields_does_not_matter() -> None:
    pairs = parse_qsl(PUBLISHED)
    assert verified(urlencode(pairs[::-1]), PUBLISHED_TOKEN, now=PUBLISHED_AT).chat_id == 279058397


def test_fields_of_later_versions_are_signed_too() -> None:
    data = init_data(at=NOW, signature="third-party", start_param="")
    assert verified(data, TOKEN, now=NOW) == ANNA
    refused(data.replace("third-party", "third-partz"), Forged)


@pytest.mark.parametrize(
    ("old", "new"),
    [("%22id%22%3A+55", "%22id%22%3A+56"), ("auth_date=1", "auth_date=2"), ("AAHd", "AAHe"), ("&query_id=AAHd", "")],
)
def test_what_was_changed_is_forged(old: str, new: str) -> None:
    data = init_data(at=NOW)
    assert old in data
    refused(data.replace(old, new), Forged)


def test_what_was_added_is_forged() -> None:
    refused(init_data(at=NOW) + "&start_param=x", Forged)


@pytest.mark.parametrize("signature", ["", "0" * 64, "c501b71e", "ключ", "A" * 64])
def test_another_signature_is_forged(signature: str) -> None:
    bare = init_data(at=NOW).rpartition("&hash=")[0]
    refused(f"{bare}&hash={quote(signature)}", Forged)


def test_a_field_given_twice_is_refused_even_with_the_same_value() -> None:
    data = init_data(at=NOW)
    refused(f"{data}&query_id=AAHd", Malformed)
    refused(f"{data}&{data.rpartition('&')[2]}", Malformed)
    refused(f"user=%7B%22id%22%3A1%7D&{data}", Malformed)


@pytest.mark.parametrize("data", ["", "   "])
def test_nothing_is_missing(data: str) -> None:
    refused(data, Missing)


@pytest.mark.parametrize(
    "data",
    ["hash", "no query string", "user=%FF&hash=0", "a=1&b=2", "&".join(f"f{number}=1" for number in range(40)),
     f"hash=0&user={'x' * 5000}"],
)  # fmt: skip
def test_what_is_no_init_data_is_malformed(data: str) -> None:
    refused(data, Malformed)


def test_they_are_good_for_a_day_and_no_longer() -> None:
    data = init_data(at=NOW)
    assert verified(data, TOKEN, now=NOW + timedelta(hours=24)) == ANNA
    refused(data, Expired, now=NOW + timedelta(hours=24, seconds=1))


def test_clocks_may_differ_by_a_minute_and_no_more() -> None:
    assert verified(init_data(at=NOW + timedelta(seconds=60)), TOKEN, now=NOW) == ANNA
    refused(init_data(at=NOW + timedelta(seconds=61)), FromTheFuture)


@pytest.mark.parametrize("moment", ["", "x", "-1", "1.5", "٣", "9" * 13, None])
def test_without_a_moment_they_are_malformed(moment: str | None) -> None:
    refused(init_data(at=NOW, auth_date=moment), Malformed)


def test_a_moment_far_away_is_no_error_of_ours() -> None:
    refused(init_data(at=NOW, auth_date="9" * 12), Malformed)
    refused(init_data(at=NOW, auth_date="0"), Expired)


@pytest.mark.parametrize(
    "user",
    [None, "", "x", "[]", "null", "7", "{}", '{"id": "55"}', '{"id": 55.0}', '{"id": true}', '{"id": 0}', '{"id": -5}',
     json.dumps({"id": 2**52}), "[" * 900],
)  # fmt: skip
def test_without_a_person_they_prove_nothing(user: str | None) -> None:
    refused(init_data(at=NOW, user=user), WithoutUser)


def test_nothing_is_believed_before_the_signature_is_right() -> None:
    """Who cannot sign does not learn whether a moment or a person would do."""
    old = init_data(at=NOW - timedelta(days=9), token="1:OTHER")
    refused(old, Forged)
    refused(init_data(at=NOW, user="{}", token="1:OTHER"), Forged)


def test_without_a_token_nothing_can_be_verified() -> None:
    with pytest.raises(ValueError, match="everybody"):
        verified(init_data(at=NOW, token=""), "", now=NOW)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, compares = [], hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compares(one, other)

    monkeypatch.setattr(subject.hmac, "compare_digest", compare)
    refused(init_data(at=NOW, token="1:OTHER"), Forged)
    ((right, given_),) = compared
    assert len(right) == len(given_) == 64


@given(st.text(max_size=200))
def test_no_text_is_an_error_or_lets_anybody_in(data: str) -> None:
    with pytest.raises(InitDataRefused):
        verified(data, TOKEN, now=NOW)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=5))
def test_whatever_is_signed_with_the_token_is_believed(fields: dict[str, str]) -> None:
    assume(not {"hash", "user", "auth_date"} & fields.keys())
    whole = {**fields, "auth_date": str(int(NOW.timestamp())), "user": '{"id": 55, "language_code": "en"}'}
    assert verified(sealed(whole), TOKEN, now=NOW) == ANNA


@given(st.integers(0, 10_000), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_changed_letter_is_enough(place: int, letter: str) -> None:
    data = init_data(at=NOW)
    place %= len(data)
    changed = data[:place] + letter + data[place + 1 :]
    assume(parse_qsl(changed, keep_blank_values=True) != parse_qsl(data, keep_blank_values=True))
    with pytest.raises(InitDataRefused):
        verified(changed, TOKEN, now=NOW)
