"""The calendar: an hour moves and comes back, and one that somebody else moved or took back meanwhile is told."""

import re

from tests.admin.test_calendar import AT, NEXT, PATH, at, booked, kept, move, slot, starts
from tests.panel import Company, Person


def test_a_free_hour_moves_and_the_move_can_be_taken_back(olga: Person, company: Company) -> None:
    there = slot(company, at(31, 10))
    answer = move(olga, there, kept=kept(company))
    assert starts(company) == [at(31, 12)]
    page = olga.get(answer.location.partition("#")[0])
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text.split('class="undo"')[1].split("</form>")[0]))
    olga.post(f"{PATH}move", form_at=AT, **{**fields, "csrf_token": fields["csrf_token"]})
    assert starts(company) == [at(31, 10)]


def test_a_move_that_cannot_be_taken_back_comes_back_with_the_time_in_the_zone_of_the_calendar(
    olga: Person, company: Company
) -> None:
    there = slot(company, at(31, 10))
    page = olga.get(move(olga, there, kept=kept(company)).location.partition("#")[0])
    slot(company, at(31, 10))
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text.split('class="undo"')[1].split("</form>")[0]))
    fields["kept"] = kept(company)
    page = olga.get(olga.post(f"{PATH}move", form_at=AT, **fields).location)
    form = page.text.split('id="hour"')[1]
    assert 'name="at" value="10:00"' in form
    assert "<option selected>Europe/Moscow</option>" in form
    assert "10:00–10:30 UTC+3" in form.split("data-look")[1]
    assert " UTC+0" not in form


def test_the_details_of_a_dragged_hour_say_what_is_in_the_way_and_save_nothing(olga: Person, company: Company) -> None:
    there, other = slot(company, at(31, 10)), slot(company, at(31, 12))
    query = {"slot": there.id, "on": "2026-12-01", "zone": "Europe/Moscow"}
    assert "Пересекается" in olga.get(PATH, **query, at="12:15").text
    assert "Ничто не мешает" in olga.get(PATH, **query, at="10:15").text
    assert starts(company) == [there.starts_at, other.starts_at]


def test_a_refused_move_comes_back_with_what_was_typed(olga: Person, company: Company) -> None:
    there = slot(company, at(31, 10))
    slot(company, at(31, 12))
    page = olga.get(move(olga, there, "12:15", kept=kept(company)).location).text
    assert 'value="12:15"' in page
    assert "Пересекается" in page
    assert starts(company) == [at(31, 10), at(31, 12)]


def test_an_hour_with_people_is_a_question_with_their_number(olga: Person, company: Company) -> None:
    there = slot(company, at(31, 10), capacity=5)
    booked(company, "Анна Иванова", there)
    booked(company, "Пётр Петров", there, seat=2)
    page = olga.get(PATH, slot=there.id).text
    assert "Записано на этот час: 2" in page
    assert f"/admin/closing/?slot={there.id}" in page
    assert 'action="/admin/calendar/move"' not in page
    dropped = olga.get(PATH, slot=there.id, on="2026-12-03", at="16:00", zone="Europe/Moscow").text
    assert re.search(r"new=1&amp;by=\d+[^\"]*minutes=30&amp;on=2026-12-03&amp;at=16:00", dropped)
    answer = move(olga, there)
    assert "Сначала назначьте им другое время" in olga.get(answer.location).text
    assert starts(company) == [at(31, 10)]


def test_an_hour_that_a_colleague_moved_meanwhile_is_shown_and_not_overwritten(
    olga: Person, admin: Person, company: Company
) -> None:
    there = slot(company, at(31, 10))
    move(admin, there, "15:00")
    answer = move(olga, there, "12:00", kept=kept(company))
    page = olga.get(answer.location).text
    assert "больше не предлагается" in page
    assert "Тем временем этот час перенесли" in page
    assert "15:00–15:30" in page
    assert starts(company) == [at(31, 15)]


def test_an_hour_that_changed_after_it_was_looked_at_stays(olga: Person, company: Company) -> None:
    there = slot(company, at(31, 10))
    move(olga, there, revision=there.revision + 1)
    assert starts(company) == [at(31, 10)]


def test_an_hour_that_is_gone_leaves_the_calendar_and_is_told_like_one_of_others(
    olga: Person, company: Company
) -> None:
    gone, other = slot(company, at(31, 10)), slot(company, at(31, 12))
    foreign = slot(company, at(31, 10), recruiter=company.darya)
    fields = {"form_at": AT, "kept": kept(company), "revision": gone.revision}
    olga.post(f"{PATH}undo", slot=gone.id, **fields)
    for there in (gone.id, foreign.id):
        clicked = olga.get(PATH, recruiter=company.olga.id, week=NEXT, slot=there)
        moved = olga.post(f"{PATH}move", slot=there, on="2026-12-01", at="14:00", zone="Europe/Moscow", **fields)
        undone = olga.post(f"{PATH}undo", slot=there, **fields)
        for page in (clicked, olga.get(moved.location), olga.get(undone.location)):
            assert page.status_code == 404
            assert "Этого часа больше нет, или он не ваш." in page.text
            assert f'id="hour-{other.id}"' in page.text
            assert 'id="hour"' not in page.text
    assert starts(company) == [at(31, 10), at(31, 12)]  # the first is Darya's
