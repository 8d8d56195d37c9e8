"""An edited text is what the next person reads, in every process, without a restart."""

import subprocess
import sys

import pytest
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.operations import Recipient, Wording, save_override, words_for
from tests.factories import NOW
from tests.servers import ROOT

# Another process: for each line it reads it says what is sent now, by the code that sends.
SPEAKER = """
import sys
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from recruitsmart.domain import schema
from recruitsmart.domain.messaging.operations import Recipient, Wording, words_for
from tests.factories import NOW

engine = create_engine(sys.argv[1])
for line in sys.stdin:
    with Session(engine) as session:
        words = words_for(session, Wording(key="status.nothing"), Recipient(chat_id=55, language="ru"), now=NOW)
        print(words, flush=True)
"""


@pytest.fixture
def speaker(engine):
    command = [sys.executable, "-c", SPEAKER, engine.url.render_as_string(hide_password=False)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield lambda: _answer(process)
        process.stdin.close()
        process.wait(timeout=20)


def _answer(process):
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def _edit(engine, body):
    with Session(engine) as session:
        save_override(session, "status.nothing", body, language="ru", city_id=None, author="Ольга")
        session.commit()


def _said_here(engine):
    with Session(engine) as session:
        return words_for(session, Wording(key="status.nothing"), Recipient(chat_id=55, language="ru"), now=NOW)


def test_an_edit_is_visible_at_once_in_another_process_and_here(engine, speaker):
    shipped = speaker()
    assert shipped == _said_here(engine)
    said = []
    for body in ("раз", "два", None, "три"):
        _edit(engine, body)
        said.append((speaker(), _said_here(engine)))
    assert said == [("раз", "раз"), ("два", "два"), (shipped, shipped), ("три", "три")]
