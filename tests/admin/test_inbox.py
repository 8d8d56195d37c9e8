"""The inbox: who waits, what is said, and writing back; nothing of other cities, nothing lost, nothing sent twice."""

import re
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.admin import inbox
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.chats.models import CORRECTION, Chat, ChatLine
from recruitsmart.domain.chats.operations import hear
from recruitsmart.domain.dialogue import human
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import save_override
from tests.panel import NOW, Company, Nudged, Person, queries_counted

INBOX = "/admin/inbox/"
_updates = count(70_000)


def _asks(company: Company, candidate: Candidate, *words: str, minutes: float = 0) -> Candidate:
    """Somebody asks for a human, and writes."""
    at = NOW + timedelta(minutes=minutes)
    candidate.consent_at, candidate.consent_version = NOW, "1"
    sender = Sender(update_id=next(_updates), chat_id=candidate.contact.chat_id, received_at=at)
    turn = open_turn(company.session, sender, now=at)
    assert turn is not None
    human.ask_human(turn)
    for text in words:
        hear(company.session, candidate.id, text=text, now=at)
    company.session.commit()
    return candidate


@pytest.fixture
def anna(company: Company) -> Candidate:
    return _asks(company, company.candidate("Анна Иванова", company.moscow), "Куда приходить?")


def _of(candidate: Candidate) -> str:
    return f"{INBOX}{candidate.reference}"


def _write(person: Person, candidate: Candidate, text: str, **fields: object) -> object:
    page = person.get(_of(candidate)).text
    hidden = dict(re.findall(r'name="(once|seen|read)"[^>]*? value="([^"]*)"', page))
    return person.post(f"{_of(candidate)}/write", form_at=_of(candidate), text=text, **{**hidden, **fields})


def _chat(company: Company) -> Chat:
    company.session.rollback()
    return company.session.scalars(select(Chat).execution_options(populate_existing=True)).one()


def _kinds(company: Company, candidate: Candidate) -> list[str]:
    company.session.rollback()
    told = select(OutboxMessage.kind).where(OutboxMessage.candidate_id == candidate.id).order_by(OutboxMessage.id)
    return list(company.session.scalars(told))


def test_who_waits_is_listed_with_the_last_words_and_counted_in_the_menu(olga: Person, anna: Candidate) -> None:
    page = olga.get(INBOX).text
    assert "Анна Иванова" in page and "Куда приходить?" in page and "ждёт ответа" in page
    assert re.search(r'data-unread="[^"]+">\s*<span class="badge-count">1', page)


@pytest.mark.parametrize("caption", ["", "мой <b>паспорт</b>"])
def test_what_was_sent_is_said_with_the_words_under_it(olga: Person, company: Company, caption: str) -> None:
    anna = _asks(company, company.candidate("Анна Иванова", company.moscow))
    hear(company.session, anna.id, text=caption, sent="photo", now=NOW)
    company.session.commit()
    page = olga.get(_of(anna)).text
    assert "прислано: фото" in page
    assert ("мой &lt;b&gt;паспорт" in page) == bool(caption)


def test_corrected_words_are_shown_as_a_correction(olga: Person, company: Company, anna: Candidate) -> None:
    hear(company.session, anna.id, text="Куда <b>и когда</b>?", sent=CORRECTION, now=NOW)
    company.session.commit()
    assert "исправлено: Куда &lt;b&gt;и когда&lt;/b&gt;?" in olga.get(_of(anna)).text
    assert "исправлено: Куда &lt;b&gt;и когда" in olga.get(INBOX).text


def test_the_unread_come_first_and_the_longest_waiting_on_top(olga: Person, company: Company, anna: Candidate) -> None:
    _asks(company, company.candidate("Борис Позже", company.moscow), minutes=5)
    _asks(company, company.candidate("Вера Раньше", company.moscow), minutes=-5)
    _write(olga, anna, "Слушаю")
    page = olga.get(INBOX).text
    assert page.index("Вера Раньше") < page.index("Борис Позже") < page.index("Анна Иванова")


def test_conversations_of_other_cities_are_not_found(olga: Person, company: Company) -> None:
    foreign = _asks(company, company.candidate("Чужой Пётр", company.novosibirsk), "Чужой вопрос")
    nobodys = _asks(company, company.candidate("Ничей Иван", None), "Ничей вопрос")
    assert "Чуж" not in olga.get(INBOX).text and "Нич" not in olga.get(INBOX).text
    assert "badge-count" not in olga.get(INBOX).text
    for candidate in (foreign, nobodys):
        assert olga.get(_of(candidate)).status_code == 404
        assert olga.get(f"{_of(candidate)}/changes").status_code == 404
        for act in ("write", "take", "hand-back"):
            answer = olga.post(f"{_of(candidate)}/{act}", form_at=INBOX + "?tab=open", text="x", once="a")
            assert answer.status_code == 404
    company.session.rollback()
    assert company.session.scalars(select(ChatLine).where(ChatLine.by_staff)).all() == []


def test_the_thread_shows_what_was_said_with_hostile_words_as_words(olga: Person, company: Company) -> None:
    hostile = _asks(company, company.candidate("<b>Боб</b>", company.moscow), "<script>alert(1)</script>")
    page = olga.get(_of(hostile)).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>Боб" not in page


def test_an_answer_goes_through_the_outbox_and_says_what_became_of_it(
    olga: Person, company: Company, anna: Candidate, nudged: Nudged
) -> None:
    before = nudged.deliveries
    answer = _write(olga, anna, "ул. Лесная, 7")
    assert answer.status_code == 302 and nudged.deliveries == before + 1
    assert _kinds(company, anna)[-2:] == ["human.took_over", "human.reply"]
    assert '<span class="pill warn">ожидает</span>' in olga.get(_of(anna)).text
    sent = company.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "human.reply")).one()
    sent.state, sent.settled_at = MessageState.FAILED, NOW
    sent.reason = "Bad Request"
    company.session.commit()
    page = olga.get(_of(anna)).text
    assert '<span class="pill bad">' in page and "Bad Request" in page


def test_a_form_sent_twice_is_sent_once(olga: Person, company: Company, anna: Candidate) -> None:
    for _ in range(2):
        answer = _write(olga, anna, "ул. Лесная, 7", once="the-same-form")
        assert answer.status_code == 302
    assert _kinds(company, anna).count("human.reply") == 1


def test_nothing_typed_is_lost_when_it_cannot_be_sent(olga: Person, company: Company, anna: Candidate) -> None:
    long = "Подробно. " * 400
    answer = _write(olga, anna, long, once="kept")
    assert "слишком длинно" in answer.text and "Подробно. Подробно." in answer.text
    assert 'value="kept"' in answer.text
    assert "human.reply" not in _kinds(company, anna)


def test_a_colleague_who_was_quicker_is_named_and_the_words_stay(
    app: Flask, olga: Person, company: Company, anna: Candidate
) -> None:
    company.account("inna", Role.RECRUITER, company.olga)
    inna = Person(app.test_client())
    inna.sign_in("inna")
    _write(olga, anna, "Слушаю")
    answer = _write(inna, anna, "Тоже слушаю", seen="")
    assert "взял коллега" in answer.text and "Тоже слушаю</textarea>" in answer.text
    assert _write(inna, anna, "Тоже слушаю").status_code == 302


def test_taking_over_and_handing_back(olga: Person, company: Company, anna: Candidate) -> None:
    olga.post(f"{_of(anna)}/take", form_at=_of(anna), seen="")
    assert _chat(company).human_until == NOW + timedelta(minutes=45)
    assert "пишете вы" in olga.get(_of(anna)).text
    olga.post(f"{_of(anna)}/hand-back", form_at=_of(anna), read=_last_line(olga.get(_of(anna)).text))
    assert _chat(company).closed_at == NOW
    assert "Анна Иванова" not in olga.get(INBOX).text
    assert "Анна Иванова" in olga.get(f"{INBOX}?tab=closed").text
    assert _kinds(company, anna)[-2:] == ["human.took_over", "human.back"]


def _last_line(page: str) -> str:
    found = re.search(r'name="read" form="write" value="(\d+)"', page)
    assert found
    return found[1]


def test_what_came_after_the_page_was_shown_stays_unread(olga: Person, company: Company, anna: Candidate) -> None:
    shown = _last_line(olga.get(_of(anna)).text)
    hear(company.session, anna.id, text="И во сколько?", now=NOW + timedelta(seconds=2))
    company.session.commit()
    for act in ("write", "take", "hand-back"):
        olga.post(f"{_of(anna)}/{act}", form_at=_of(anna), seen="", read=shown, text="Лесная, 7", once=act)
        waits = _chat(company)
        assert (waits.closed_at, waits.unread_since) == (None, NOW + timedelta(seconds=2)), act
    now_shown = _last_line(olga.get(f"{_of(anna)}/changes").text)
    olga.post(f"{_of(anna)}/hand-back", form_at=_of(anna), read=now_shown)
    assert _chat(company).closed_at == NOW


def test_a_page_that_shows_nothing_says_so(olga: Person, company: Company) -> None:
    assert _last_line(olga.get(_of(company.candidate("Новая Нина", company.moscow))).text) == "0"


def test_words_typed_before_taking_over_stay_in_the_box(olga: Person, anna: Candidate) -> None:
    answer = olga.post(f"{_of(anna)}/take", form_at=_of(anna), seen="", text="Недописанное")
    assert "Недописанное</textarea>" in answer.text


def test_who_cannot_be_reached_cannot_be_written_to(olga: Person, company: Company, anna: Candidate) -> None:
    mark_unreachable(company.session, anna.contact.chat_id, reason="blocked", now=NOW)
    company.session.commit()
    page = olga.get(_of(anna)).text
    assert "Позвоните" in page and re.search(r"<textarea[^>]* disabled>", page)
    answer = _write(olga, anna, "Вы тут?", once="a")
    assert "не доходят" in answer.text and "Вы тут?</textarea>" in answer.text


def test_a_viewer_reads_and_cannot_write(app: Flask, company: Company, anna: Candidate) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    page = viewer.get(_of(anna)).text
    assert "Куда приходить?" in page and "<textarea" not in page
    answer = viewer.post(f"{_of(anna)}/write", form_at="/admin/candidates/", text="x", once="a")
    assert answer.status_code == 403


def test_quick_texts_are_worded_for_the_person_and_only_put_into_the_box(
    olga: Person, company: Company, anna: Candidate
) -> None:
    assert "Здравствуйте, Анна!" in olga.get(_of(anna)).text
    answer = _write(olga, anna, "Добрый день.", quick="quick.address")
    assert "Добрый день.\nЖдём вас по адресу: ул. Лесная, 7.</textarea>" in answer.text
    assert "human.reply" not in _kinds(company, anna)


def test_a_quick_text_edited_for_a_city_is_said_there(olga: Person, company: Company, anna: Candidate) -> None:
    for city_id, body in ((None, "Общее"), (company.moscow.id, "Ждём на <b>Лесной</b>")):
        save_override(company.session, "quick.call", body, language="ru", city_id=city_id, author="x")
    company.session.commit()
    assert 'data-quick="Ждём на Лесной"' in olga.get(_of(anna)).text


def test_a_page_that_looks_again_gets_nothing_until_something_happens(
    olga: Person, company: Company, anna: Candidate
) -> None:
    for address in (f"{_of(anna)}/changes", f"{INBOX}changes", f"{INBOX}unread"):
        first = olga.get(address)
        mark = first.headers["ETag"]
        again = olga.client.get(address, headers={"If-None-Match": mark})
        assert (first.status_code, again.status_code, again.text) == (200, 304, ""), address
    marks = {address: olga.get(address).headers["ETag"] for address in (f"{_of(anna)}/changes", f"{INBOX}changes")}
    hear(company.session, anna.id, text="Алло?", now=NOW + timedelta(minutes=1))
    company.session.commit()
    for address, mark in marks.items():
        news = olga.client.get(address, headers={"If-None-Match": mark})
        assert news.status_code == 200 and "Алло?" in news.text, address


def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(olga: Person, anna: Candidate, clock: object) -> None:
    for _ in range(3):
        clock.tick(timedelta(minutes=50))  # type: ignore[attr-defined]
        answer = olga.client.get(f"{INBOX}unread", headers={"X-By-Itself": "1"})
    assert answer.status_code == 302 and answer.location.startswith("/login")


def test_a_page_that_looks_by_itself_brings_no_session_back(olga: Person, anna: Candidate) -> None:
    """Another tab may have signed out while it was under way."""
    looks = (f"{_of(anna)}/changes", f"{INBOX}changes", f"{INBOX}unread")
    answers = [olga.client.get(address, headers={"X-By-Itself": "1"}) for address in looks]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[]] * 3
    assert "recruitsmart=" in olga.get(INBOX).headers["Set-Cookie"], "a press goes on counting"


@pytest.mark.parametrize("name", ["endpoint", "_method", "_external"])
def test_what_an_address_calls_itself_is_no_part_of_the_one_that_is_looked_at(
    olga: Person, anna: Candidate, name: str
) -> None:
    page = olga.get(INBOX, **{"tab": "open", name: "FOO"})
    assert page.status_code == 200
    assert f'data-changes="{INBOX}changes?tab=open&amp;{name}=FOO"' in page.text


@pytest.mark.parametrize("many", [1, 30])
def test_the_pages_ask_few_things_however_much_there_is(app: Flask, company: Company, many: int) -> None:
    people = [
        _asks(company, company.candidate(f"Человек {number}", company.moscow), "Вопрос") for number in range(many)
    ]
    for number in range(many):
        hear(company.session, people[0].id, text=f"Ещё {number}", now=NOW)
    company.session.commit()
    company.account("olga", Role.RECRUITER, company.olga)
    person = Person(app.test_client())
    person.sign_in("olga")
    _write(person, people[0], "Слушаю")
    most = {INBOX: 6, f"{INBOX}changes": 6, _of(people[0]): 12, f"{_of(people[0])}/changes": 9, f"{INBOX}unread": 4}
    for path, limit in most.items():
        with queries_counted(app) as statements:
            assert person.get(path).status_code == 200
        assert 1 < len(statements) <= limit, "\n".join([path, *statements])
    mark = person.get(f"{_of(people[0])}/changes").headers["ETag"]
    with queries_counted(app) as statements:
        person.client.get(f"{_of(people[0])}/changes", headers={"If-None-Match": mark})
    assert len(statements) <= 4, "\n".join(statements)


def test_the_list_goes_on_page_by_page(olga: Person, company: Company) -> None:
    for number in range(60):
        person = _asks(company, company.candidate(f"Человек {number:02}", company.moscow), minutes=number // 2)
        if number >= 55:
            company.session.scalars(select(Chat).where(Chat.candidate_id == person.id)).one().unread_since = None
    company.session.commit()
    seen, address = [], INBOX
    for _ in range(3):
        page = olga.get(address).text
        seen += re.findall(r"Человек \d\d(?=</a>)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert len(seen) == len({*seen}) == 60
    assert {*seen[-5:]} == {f"Человек {number}" for number in range(55, 60)}


def test_the_card_shows_the_chat_and_leads_to_it(olga: Person, company: Company, anna: Candidate) -> None:
    _write(olga, anna, "ул. Лесная, 7")
    page = olga.get(f"/admin/candidates/{anna.reference}").text
    assert "Куда приходить?" in page and "ул. Лесная, 7" in page and _of(anna) in page


def test_somebody_whom_a_file_named_has_no_chat_and_cannot_be_written_to(olga: Person, company: Company) -> None:
    named = Candidate(full_name="Из Файла", city=company.moscow, language="ru", stage_since=NOW, created_at=NOW)
    company.session.add(named)
    company.session.commit()
    assert "ни разу не писал боту" in olga.get(_of(named)).text
    assert "ни разу не писал боту" in _write(olga, named, "Здравствуйте", once="a").text


def test_what_is_not_shown_does_not_change_the_mark_of_what_is(
    olga: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE_SIZE", 1)
    people = [company.candidate(f"Анна {number}", company.moscow) for number in range(3)]
    for minutes, one in enumerate(people):
        _asks(company, one, "Где вы?", minutes=minutes)
    mark = olga.get(f"{INBOX}changes").headers["ETag"]

    _chat_of(company, people[2]).unread_since = NOW + timedelta(hours=1)
    company.session.commit()
    assert olga.get(f"{INBOX}changes").headers["ETag"] == mark
    _chat_of(company, people[0]).unread_since = NOW + timedelta(hours=2)
    company.session.commit()
    assert olga.get(f"{INBOX}changes").headers["ETag"] != mark


def _chat_of(company: Company, candidate: Candidate) -> Chat:
    return company.session.scalars(select(Chat).where(Chat.candidate_id == candidate.id)).one()


@pytest.mark.parametrize("typed", ['x="', "after=%FF%22_7"])
def test_whatever_stands_in_the_address_the_list_is_shown(olga: Person, company: Company, typed: str) -> None:
    address, typed_so = f"{INBOX}changes", {"QUERY_STRING": typed}
    answer = olga.client.get(address, environ_overrides=typed_so)

    assert answer.status_code == 200
    same = olga.client.get(address, environ_overrides=typed_so, headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
