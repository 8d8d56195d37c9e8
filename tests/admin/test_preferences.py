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
