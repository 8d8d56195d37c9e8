"""Is the system well: this process and its servers, and whether the other processes do their work."""

import logging
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from flask import Blueprint, Flask, current_app
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from recruitsmart import __version__, clock
from recruitsmart.domain.journal.models import Heartbeat
from recruitsmart.domain.journal.queries import heartbeats
from recruitsmart.domain.messaging.queries import oldest_unsent_at
from recruitsmart.domain.timers.queries import oldest_due_at
from recruitsmart.extensions import db, limiter
from recruitsmart.web.probes import Probe, ask_all, bounded_client, database_check, queue_depths, redis_check
from workers.alive import SILENT_AFTER_SECONDS, Alive
from workers.contract import QUEUES

log = logging.getLogger(__name__)
blueprint = Blueprint("health", __name__)

BOUND_SECONDS = 1.8  # the answer has to be out within two
PROCESSES = ("worker", "delivery", "beat", "bot")
SILENT_AFTER = timedelta(seconds=SILENT_AFTER_SECONDS)  # a process beats every five or ten
FORGOTTEN_AFTER = timedelta(hours=1)  # an instance that was stopped on purpose

# A process that does its work; one that gives signs of life and does none; one that gives none, or not lately.
WELL, DEAF, DEAD = "well", "deaf", "dead"

Report = dict[str, Any]
Instance = tuple[str, str]


@blueprint.record_once
def _make_probes(state: Any) -> None:
    app: Flask = state.app
    settings: Settings = app.config["SETTINGS"]
    app.extensions["probes"] = [
        Probe("database", database_check(settings.database_url or "")),
        Probe("redis", redis_check(settings.redis_url or "")),
    ]


@blueprint.get("/health")
@limiter.exempt
def health() -> tuple[Report, int]:
    """Whether this process, Postgres and Redis are up; always answers within two seconds."""
    report = _components()
    return report, 200 if report["status"] == "healthy" else 503


def _components() -> Report:
    began = monotonic()
    answers = ask_all(current_app.extensions["probes"], seconds=BOUND_SECONDS)
    components: dict[str, Report] = {"application": {"status": "up"}}
    for name, answer in answers.items():
        components[name] = {"status": "up", "latency_ms": answer.latency_ms} if answer.up else {"status": "down"}
    return {
        "status": "healthy" if all(answer.up for answer in answers.values()) else "unhealthy",
        "timestamp": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "components": components,
        "response_time_ms": round((monotonic() - began) * 1000, 1),
    }


@blueprint.get("/health/workers")
@limiter.exempt
def workers() -> tuple[Report, int]:
    """Whether every process type has done work lately, and how far behind they are."""
    report = whole_report()
    return report, 200 if report["status"] == "healthy" else 503


def whole_report() -> Report:
    """Servers, processes, queues and lag; what cannot be asked is None or empty. Takes at most about two seconds."""
    report, now = _components(), clock.now()
    up = {name for name, component in report["components"].items() if component["status"] == "up"}
    signs = _signs_of_life() if "redis" in up else set()
    report |= _processes(signs, now) if "database" in up else _nothing_known()
    report["queues"] = _queues() if "redis" in up else None
    healthy = report["status"] == "healthy" and not report["silent"]
    report["status"] = "healthy" if healthy else "unhealthy"
    return report


def _expected() -> list[str]:
    settings: Settings = current_app.config["SETTINGS"]
    polls = settings.bot_enabled and not settings.bot_use_webhook
    return [process for process in PROCESSES if polls or process != "bot"]


def _nothing_known() -> Report:
    return {"silent": _expected(), "processes": []}


def _processes(signs: set[Instance], now: datetime) -> Report:
    try:
        processes = _states(signs, now)
        lag = {
            "oldest_due_timer_seconds": _age(oldest_due_at(db.session, now=now), now),
            "oldest_unsent_message_seconds": _age(oldest_unsent_at(db.session, now=now), now),
        }
    except SQLAlchemyError:
        log.warning("heartbeats cannot be read", extra={"action": "health"})
        return _nothing_known()
    well = {one["process"] for one in processes if one["state"] == WELL}
    silent = [process for process in _expected() if process not in well]
    return {"silent": silent, "processes": processes, "lag": lag}


def states(now: datetime) -> list[Report]:
    """Every process that was seen within the last hour, and how it stands. Raises what Postgres raises."""
    return _states(_signs_of_life(), now)


def _states(signs: set[Instance], now: datetime) -> list[Report]:
    beats = heartbeats(db.session, since=now - FORGOTTEN_AFTER)
    known = {(beat.process, beat.instance) for beat in beats}
    never_worked = [_never_worked(*instance) for instance in sorted(signs - known)]
    return [_instance(beat, signs, now) for beat in beats] + never_worked


def _instance(beat: Heartbeat, signs: set[Instance], now: datetime) -> Report:
    late = now - beat.beat_at > SILENT_AFTER
    state = WELL if not late else DEAF if (beat.process, beat.instance) in signs else DEAD
    return {
        "process": beat.process,
        "instance": beat.instance,
        "version": beat.version,
        "is_old_version": beat.version != __version__,
        "state": state,
        "seconds_since_beat": _age(beat.beat_at, now),
    }


def _never_worked(process: str, instance: str) -> Report:
    return {"process": process, "instance": instance, "version": None, "state": DEAF, "seconds_since_beat": None}


def _signs_of_life() -> set[Instance]:
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with bounded_client(settings.redis_url or "", 1) as client:
            return Alive(client).all()
    except RedisError:
        log.warning("signs of life cannot be read", extra={"action": "health"})
        return set()


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round(max(0.0, (now - moment).total_seconds()), 1)


def _queues() -> dict[str, int] | None:
    settings: Settings = current_app.config["SETTINGS"]
    try:
        return queue_depths(settings.redis_url or "", QUEUES, seconds=1)
    except RedisError:
        log.warning("queue depths cannot be read", extra={"action": "health"})
        return None
