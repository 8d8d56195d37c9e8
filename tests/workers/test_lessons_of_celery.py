"""What went wrong with Celery on Redis elsewhere and only an outage would show: the settings that keep it away."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from config.celery import TIME_LIMIT_SECONDS, VISIBILITY_TIMEOUT, celery_config
from config.settings import Settings
from workers.nudges import WINDOW
from workers.schedule import EVERY_SECONDS

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"


def test_redis_gives_out_anew_neither_what_waits_for_its_moment_nor_what_is_being_done() -> None:
    """A task whose ETA lay beyond the visibility timeout was delivered again at every timeout."""
    assert 10 * max(WINDOW, timedelta(seconds=TIME_LIMIT_SECONDS)) <= VISIBILITY_TIMEOUT


def test_the_task_of_a_killed_child_comes_again(settings_for: Callable[..., Settings]) -> None:
    """Either setting alone lost it."""
    found = celery_config(settings_for())
    assert (found["task_acks_late"], found["task_reject_on_worker_lost"]) == (True, True)
    assert found["worker_prefetch_multiplier"] == 1


def test_sweeps_have_intervals_and_no_crontab() -> None:
    """A crontab misbehaves on the days the clocks change."""
    assert {type(seconds) for seconds in EVERY_SECONDS.values()} <= {int, float}


def test_celery_brings_its_redis_and_is_pinned_to_versions_that_survive_its_absence() -> None:
    lines = {line.partition("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()}
    pinned = dict(line.split("==") for line in lines if "==" in line)
    assert "celery[redis]" in pinned
    assert "kombu" in pinned
    assert "celery" not in pinned
    assert pinned["celery[redis]"] != "5.7.0"
