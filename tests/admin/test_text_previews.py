"""A text is looked at before it is saved: with samples, and as a real candidate would read it."""

from typing import Any

import pytest
from sqlalchemy import select

from recruitsmart.admin.bubbles import bubble, differences
from recruitsmart.domain.messaging.models import OutboxMessage, TextOverride
from recruitsmart.domain.slots import announcements
from recruitsmart.domain.slots.models import Booking
from tests.panel import NOW, Company, Person, token_in

ADDRESS = "/admin/texts/booking.booked?language=ru"
PREVIEW = "/admin/texts/booking.booked/preview"


def _preview(person: Person, body: str, **fields: Any) -> str:
    """What the page's script gets."""
    return person.post(PREVIEW, form_at=ADDRESS, body=body, language="ru", **fields).text


@pytest.fixture
def anna(company: Company) -> Any:
    candidate = company.candidate("Анна <Иванова>", company.moscow)
    company.request(candidate, company.slot(company.olga))
    return candidate


def test_the_script_gets_the_bubble_alone_and_nothing_is_saved(admin: Person, company: Company) -> None:
    part = _preview(admin, "Ждём <b>{{ day }}</b>")

    assert "<html" not in part
    assert "Ждём <b>Вторник, 24 ноября</b>" in part
    assert "Знаков: 23; с самыми длинными значениями — 45 из 4096" in part
    assert company.session.query(TextOverride).count() == 0


def test_a_draft_that_cannot_be_sent_has_a_reason_and_no_bubble(admin: Person) -> None:
    part = _preview(admin, "<b>Ждём")

    assert "не закрыт" in part
    assert "bubble" not in part


def test_what_may_be_missing_is_shown_missing(admin: Person) -> None:
    body = "Ждём.{% if link %} Ссылка: {{ link }}{% endif %}"

    assert '<div class="bubble" lang="ru">Ждём.</div>' in _preview(admin, body)
    assert "Когда того, чего может не быть, нет" not in _preview(admin, "Ждём")


def test_a_candidate_is_found_by_name_and_the_draft_is_filled_in_for_that_one(admin: Person, anna: Any) -> None:
    found = _preview(admin, "Ждём, {{ recruiter }}", who="Иванов")
    assert f'value="{anna.reference}"' in found
    assert "Анна &lt;Иванова&gt;" in found

    shown = _preview(admin, "{{ recruiter }}: {{ day }}, {{ hour }} {{ zone }}", candidate=anna.reference)
    assert "Ольга Миронова: Вторник, 24 ноября, 12:00 UTC+3" in shown
    assert "Все значения — этого человека" in shown


def test_samples_are_named_where_nothing_real_is_known(admin: Person, company: Company) -> None:
    peter = company.candidate("Пётр Смирнов", company.novosibirsk)

    shown = _preview(admin, "{{ city }}, {{ hour }}", candidate=peter.reference)

    assert "Новосибирск, 15:00" in shown
    assert 'показан пример: <span class="code">hour</span>' in shown


def test_who_reads_another_text_is_shown_that_one(admin: Person, company: Company) -> None:
    john = company.candidate("John Smith", company.moscow, language="en")

    shown = _preview(admin, "Ждём", candidate=john.reference)

    assert "Your interview is booked" in shown
    assert "Этот человек читает другой текст" in shown
    assert "language=en" in shown


def test_without_the_script_the_page_does_the_same_and_keeps_what_was_typed(admin: Person, anna: Any) -> None:
    page = admin.post(
        ADDRESS, form_at=ADDRESS, body="Моё, {{ recruiter }}", version=0, action="preview", who="Анна",
        candidate=anna.reference,
    ).text  # fmt: skip

    assert ">Моё, {{ recruiter }}</textarea>" in page
    assert '<div class="bubble" lang="ru">Моё, Ольга Миронова</div>' in page
    assert 'name="who" form="text-form" value="Анна"' in page
    assert f'value="{anna.reference}" checked' in page


def test_a_recruiter_looks_with_the_own_candidates_and_finds_no_others(
    olga: Person, company: Company, anna: Any
) -> None:
    foreign = company.candidate("Анна Чужая", company.novosibirsk)

    page = olga.get("/admin/texts/booking.booked", who="Анна", candidate=anna.reference).text

    assert "Анна &lt;Иванова&gt;" in page
    assert "Рекрутер: Ольга Миронова" in page
    assert "Чужая" not in page
    assert "readonly" in page
    assert ">Сохранить</button>" not in page
    assert "Чужая" not in olga.get(PREVIEW, candidate=foreign.reference).text


def test_what_a_recruiter_may_not_save_is_not_previewed_either(olga: Person) -> None:
    token = token_in(olga.get("/admin/candidates/"))
    assert olga.client.post(PREVIEW, data={"csrf_token": token, "body": "x"}).status_code == 403


def test_the_preview_is_what_is_sent(admin: Person, company: Company, anna: Any) -> None:
    body = "<b>{{ day }}, {{ hour }}</b>\n{{ address }} <i>{{ recruiter }}</i>"
    admin.post(ADDRESS, form_at=ADDRESS, body=body, version=0, action="save")
    shown = _preview(admin, body, candidate=anna.reference)

    announcements.booked(company.session, company.session.query(Booking).one(), now=NOW)
    company.session.commit()

    sent = company.session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "booking.booked")).one()
    assert sent == "<b>Вторник, 24 ноября, 12:00</b>\nул. Лесная, 7 <i>Ольга Миронова</i>"
    assert sent in shown


def test_no_tag_of_the_page_comes_out_of_a_text() -> None:
    links = '<a href="javascript:alert(1)">x</a> <a href="e.org?a=1&amp;b=2">y</a>'
    assert bubble(f"{links} <tg-spoiler>z</tg-spoiler> &lt;script&gt;") == (
        'x <a href="http://e.org?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">y</a> '
        '<span class="spoiler" tabindex="0">z</span> &lt;script&gt;'
    )


def test_the_difference_of_two_texts_is_marked_and_escaped() -> None:
    assert differences("Ждём <b>вас</b> завтра", "Ждём <b>вас</b> сегодня") == (
        "Ждём &lt;b&gt;вас&lt;/b&gt; <del>завтра</del><ins>сегодня</ins>"
    )
    assert differences("", "новое") == "<ins>новое</ins>"


def test_texts_that_repeat_themselves_are_compared_coarsely() -> None:
    assert differences("а " * 5000, "а " * 5000 + "б") == f"<del>{'а ' * 5000}</del><ins>{'а ' * 5000}б</ins>"
