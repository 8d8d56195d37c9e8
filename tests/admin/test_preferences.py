"""Language and colours of the panel."""

import pytest

from tests.panel import Person

TODAY = "/admin/today/"


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_look_is_kept_in_this_browser_until_the_device_decides_again(
    admin: Person, visitor: Person, look: str
) -> None:
    admin.post("/admin/preferences/look", form_at=TODAY, look=look)
    assert f'data-look="{look}"' in admin.get(TODAY).text
    assert "data-look" not in visitor.get("/login").text
    admin.post("/admin/preferences/look", form_at=TODAY, look="")
    assert "data-look" not in admin.get(TODAY).text


def test_nobody_invents_looks(admin: Person) -> None:
    admin.post("/admin/preferences/look", form_at=TODAY, look='"><script>')
    assert "data-look" not in admin.get(TODAY).text
    admin.client.set_cookie("look", '"onload="x')
    assert "data-look" not in admin.get(TODAY).text


def test_the_answer_to_a_form_offers_no_way_that_loses_it(admin: Person) -> None:
    """It may have no address of its own to come back to; what was typed, or codes shown once, would be gone."""
    form = "/admin/broadcasts/new"
    answer = admin.post(form, form_at=form, **{"body-ru": "<b>Набрано"})
    assert answer.status_code == 200 and "Набрано" in answer.text
    for page, offered in ((answer.text, False), (admin.get(form).text, True)):
        for switch in ("language", "look"):
            assert (f'action="/admin/preferences/{switch}"' in page) is offered
