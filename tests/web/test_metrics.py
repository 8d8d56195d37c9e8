"""/metrics: for whoever has the token, without names or texts, and true."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text as sql

from recruitsmart import metric_files, metrics
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.timers.models import Timer
from recruitsmart.extensions import db
from tests.panel import NOW, Company, make_app
from workers.client import make_client
from workers.contract import Say, send_update

TOKEN = "Mt5-bNq8YsEuHgJ1"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def measured(app: Flask, database_url: str, redis_url: str, tmp_path: Path) -> Flask:
    """The application of a process that counts; `app` stands for the database and the fixed clock."""
    return make_app(database_url, redis_url, METRICS_TOKEN=TOKEN, DATA_DIR=str(tmp_path))


def shown(app: Flask) -> str:
    answer = app.test_client().get("/metrics", headers=HEADERS)
    assert answer.status_code == 200
    with app.app_context():
        db.engine.dispose()
    return answer.text


@pytest.mark.parametrize("given", ["", f"Bearer {TOKEN}x", TOKEN, "Bearer", f"Basic {TOKEN}", "Bearer токен"])
def test_nobody_without_the_token_sees_anything(measured: Flask, given: str) -> None:
    answer = measured.test_client().get("/metrics", headers={"Authorization": given})
    assert answer.status_code == 401
    assert "recruitsmart_" not in answer.text


def test_without_a_token_set_there_is_no_such_page(app: Flask) -> None:
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_what_waits_is_told_with_its_age(measured: Flask, company: Company, redis_url: str) -> None:
    late = NOW - timedelta(seconds=90)
    company.session.add(Timer(kind="x", subject_id=1, planned_at=late, due_at=late))
    message = {"about": "x", "kind": "x", "language": "ru", "body": "secret words", "due_at": late, "created_at": late}
    company.session.add(OutboxMessage(chat_id=1, lane=0, **message))
    company.session.commit()
    company.request(company.candidate("Anna Miller", company.moscow), company.slot(company.olga))
    with make_client(measured.config["SETTINGS"]) as celery:
        said = {"chat_id": 55, "text": "secret words"}
        send_update(celery, Say(update_id=812, received_at=(NOW - timedelta(seconds=7)).timestamp(), **said))
        send_update(celery, Say(update_id=813, received_at=NOW.timestamp(), **said))

    text = shown(measured)

    assert "recruitsmart_oldest_due_timer_seconds 90.0" in text
    assert "recruitsmart_oldest_unsent_message_seconds 90.0" in text
    assert 'recruitsmart_outbox{lane="interactive",state="queued"} 1.0' in text
    assert 'recruitsmart_bookings{status="pending"} 1.0' in text
    assert 'recruitsmart_queue_depth{queue="dialogue"} 2.0' in text
    assert "recruitsmart_oldest_update_seconds 7.0" in text
    assert 'recruitsmart_up{component="database"} 1.0' in text
    assert [word for word in ("secret", "Anna", "Miller") if word in text] == []


def test_what_failed_is_counted_for_a_day_and_from_an_index_alone(measured: Flask, company: Company) -> None:
    for number, ended_at in enumerate([NOW - timedelta(days=1), NOW - timedelta(days=1, seconds=1)]):
        message = {"about": f"x{number}", "kind": "x", "language": "ru", "body": "x", "lane": 0, "chat_id": 1}
        times = {"due_at": ended_at, "created_at": ended_at, "settled_at": ended_at}
        company.session.add(OutboxMessage(state=MessageState.FAILED, **message, **times))
    company.session.commit()

    assert 'recruitsmart_outbox{lane="interactive",state="failed"} 1.0' in shown(measured)
    company.session.execute(sql("set local enable_seqscan = off"))
    company.session.execute(sql("set local enable_bitmapscan = off"))
    asked = "select lane, count(*) from outbox where state = 'failed' and settled_at > now() group by lane"
    plan = company.session.scalars(sql(f"explain {asked}")).all()
    assert "Index Only Scan using ix_outbox_unwell" in "\n".join(plan)


def test_a_message_that_is_no_update_has_no_age(measured: Flask, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.lpush("dialogue", b"{}")
    assert "recruitsmart_oldest_update_seconds 0.0" in shown(measured)


def test_servers_that_are_away_cost_only_their_own_figures(tmp_path: Path) -> None:
    app = make_app("postgresql://x@127.0.0.1:1/x", "redis://127.0.0.1:1/0", METRICS_TOKEN=TOKEN, DATA_DIR=str(tmp_path))
    text = shown(app)
    assert 'recruitsmart_up{component="database"} 0.0' in text
    assert 'recruitsmart_up{component="redis"} 0.0' in text


COUNTING = """
import sys
from datetime import timedelta
from pathlib import Path
from recruitsmart import metric_files, metrics
metrics.begin(Path(sys.argv[1]))
with metrics.measured_task("slots.reserve"):
    metrics.count_update("polling")
try:
    with metrics.measured_task("slots.reserve"):
        raise ValueError
except ValueError:
    metrics.count_sending("refused", "403 Forbidden: bot was blocked by Anna")
metrics.count_sending("doubtful", "ReadTimeout")
metrics.count_late_timer(timedelta(seconds=0.2))
metrics.count_request(method="GET", endpoint="health.health", status=200, seconds=0.01)
"""


FULL_DISK = """
import os, resource
def fill_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
"""
FORKED = """
child = os.fork()
if not child:
    with metrics.measured_task("slots.reserve"):
        print("the child works")
    os._exit(0)
print("which ends with", os.waitpid(child, 0)[1])
"""


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (FULL_DISK + "fill_disk()" + COUNTING, ["counts nothing"]),
        (FULL_DISK + COUNTING + "fill_disk()" + FORKED, ["counts nothing", "the child works", "ends with 0"]),
        (FULL_DISK + COUNTING + "fill_disk()" + "\nmetrics.count_update('webhook')", []),
    ],
)
def test_a_full_disk_stops_the_counting_and_nothing_else(tmp_path: Path, script: str, says: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60, capture_output=True, text=True
    )
    assert [words for words in says if words not in done.stdout + done.stderr] == []
    assert (done.stdout + done.stderr).count("counts nothing") == ("counts nothing" in says)


ROOM = """
for file in sorted(Path(sys.argv[1]).iterdir()):
    print(file.name.split("_")[0], file.stat().st_blocks * 512)
"""


def test_the_room_of_a_process_is_taken_from_the_disk_at_its_start_and_given_back_at_its_end(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNTING + ROOM, str(tmp_path)]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    taken = {kind: int(size) for kind, size in map(str.split, done.stdout.splitlines())}
    assert all(taken[kind] >= size for kind, size in metric_files.ROOM_BYTES.items())
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 30_000


SPARSE = """
import os
for kind in ("counter", "histogram"):
    with open(os.path.join(sys.argv[1], f"{kind}_{os.getpid()}.db"), "wb") as file:
        file.truncate(2 ** 20)
"""
BROKEN = """
import os
with open(os.path.join(sys.argv[1], f"counter_{os.getpid()}.db"), "wb") as file:
    file.write(b"\\xff" * 200)
"""


@pytest.mark.parametrize(("left", "says"), [(SPARSE, ""), (BROKEN, "counts nothing")])
def test_what_a_process_of_the_same_number_left_is_no_hindrance(tmp_path: Path, left: str, says: str) -> None:
    script = f"import sys\n{left}{COUNTING}{ROOM}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60, capture_output=True, text=True
    )
    assert says in done.stderr
    if not says:
        assert all(int(line.split()[1]) >= 2**17 for line in done.stdout.splitlines())


def test_a_file_that_cannot_be_read_costs_only_the_counted_figures(measured: Flask) -> None:
    folder = measured.config["SETTINGS"].metrics_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counter_1.db").touch()
    assert "recruitsmart_up" in shown(measured)
    (folder / "counter_2.db").write_bytes(b"\xff" * 200)
    assert "recruitsmart_up" in shown(measured)


def test_all_processes_of_a_host_are_added_up_also_those_that_ended(measured: Flask) -> None:
    folder = measured.config["SETTINGS"].metrics_dir
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTING, str(folder)], check=True, timeout=60)

    text = shown(measured)

    assert 'recruitsmart_tasks_total{result="done",task="slots.reserve"} 2.0' in text
    assert 'recruitsmart_tasks_total{result="error",task="slots.reserve"} 2.0' in text
    assert 'recruitsmart_task_seconds_count{task="slots.reserve"} 4.0' in text
    assert 'recruitsmart_updates_total{way="polling"} 2.0' in text
    assert 'recruitsmart_telegram_answers_total{code="403",verdict="refused"} 2.0' in text
    assert 'recruitsmart_telegram_answers_total{code="",verdict="doubtful"} 2.0' in text
    assert 'recruitsmart_timer_lateness_seconds_bucket{le="0.25"} 2.0' in text
    assert 'recruitsmart_http_requests_total{endpoint="health.health",method="GET",status="200"} 2.0' in text
    assert "Anna" not in text


def test_who_did_not_begin_counts_nothing(tmp_path: Path) -> None:
    metrics.count_update("polling")
    assert list(tmp_path.iterdir()) == []
