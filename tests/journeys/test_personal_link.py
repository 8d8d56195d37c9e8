"""A person a recruiter entered by hand opens the personal link, and is the one on the card."""

import re

from psycopg2.extensions import connection

from tests.journeys.people import Applicant, Panel
from tests.simulator import Simulator


def _entered(panel: Panel, sql: connection, name: str) -> tuple[str, str]:
    """The card's address and the payload of its personal link."""
    with sql.cursor() as rows:
        rows.execute("select id from cities where name = 'Москва'")
        (city,) = rows.fetchone() or ()
    answer = panel.post("/admin/leads/", "/admin/leads/", name=name, phone="+7 912 555-01-77", city=str(city))
    link = re.search(r"https://t\.me/recruitsmart_\d+_bot\?start=(invite_[\w-]{24})", answer.text)
    assert link, "the card has no personal link"
    return answer.url.removeprefix(panel.url).partition("#")[0], link[1]


def test_the_link_leads_from_the_card_into_the_chat_and_back(
    simulator: Simulator, panel: Panel, sql: connection
) -> None:
    card, payload = _entered(panel, sql, "Vera Holm")

    vera = Applicant(simulator, "Vera")
    vera.says(f"/start {payload}", "consent")
    vera.presses("I agree, go on", "1/")

    page = panel.get(card)
    assert "Vera Holm" in page
    assert "на связи" in page
    assert payload not in page
    with sql.cursor() as rows:
        rows.execute("select count(*) from candidates where full_name = 'Vera Holm'")
        assert rows.fetchone() == (1,)

    stranger = Applicant(simulator, "Stranger")
    stranger.says(f"/start {payload}", "consent")
    stranger.presses("I agree, go on", "What is your name")
