"""/metrics in Prometheus' format: what the processes of this host counted, and how things stand everywhere."""

import hmac
import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from recruitsmart import clock, metric_files, metrics
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.queries import oldest_unsent_at
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.today import RECENT
from recruitsmart.domain.slots.models import Booking
from recruitsmart.domain.timers.queries import oldest_due_at
from recruitsmart.extensions import db, limiter
from recruitsmart.web.health import states
from recruitsmart.web.probes import oldest_waiting_at, queue_depths
from workers.contract import DIALOGUE, QUEUES

log = logging.getLogger(__name__)
blueprint = Blueprint("metrics", __name__)

REDIS_SECONDS = 1.0
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
WAITING = (MessageState.QUEUED, MessageState.SENDING)
UNWELL = (MessageState.FAILED, MessageState.UNKNOWN)  # counted for as long as Today does, not all that ever were


def init_app(app: Flask) -> None:
    """Count every request."""
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.began = monotonic()


def _count(response: Response) -> Response:
    method = request.method if request.method in METHODS else "other"
    seconds = monotonic() - g.pop("began", monotonic())
    endpoint = request.endpoint or "none"
    metrics.count_request(method=method, endpoint=endpoint, status=response.status_code, seconds=seconds)
    return response


@blueprint.get("/metrics")
@limiter.exempt
def show() -> Response:
    """For `Authorization: Bearer METRICS_TOKEN`; without a token set there is no such page."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.metrics_token is None:
        abort(404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {settings.metrics_token}".encode()):
        return Response("Send the header Authorization: Bearer METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(_Counted(settings.metrics_dir))
    registry.register(_Standing(settings, clock.now()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Counted:
    """What the processes of this host have counted; a file that one of them left broken costs these figures only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        try:
            return metric_files.summed(self._folder)
        except metric_files.BROKEN:
            log.exception("counted figures cannot be read", extra={"action": "metrics"})
            return []

    def describe(self) -> list[Any]:
        return []


class _Standing:
    """Asked when Prometheus asks; a server that is away costs its own figures only."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings = settings
        self._now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        up = GaugeMetricFamily("recruitsmart_up", "Whether a server answered.", labels=["component"])
        for component, ask in (("database", self._from_postgres), ("redis", self._from_redis)):
            try:
                yield from list(ask())
                up.add_metric([component], 1)
            except (SQLAlchemyError, RedisError):
                log.warning("metrics cannot be read", extra={"action": "metrics", "kind": component})
                db.session.rollback()
                up.add_metric([component], 0)
        yield up

    def describe(self) -> list[Any]:
        return []

    def _from_postgres(self) -> Iterable[GaugeMetricFamily]:
        now = self._now
        yield _ages("recruitsmart_oldest_due_timer_seconds", oldest_due_at(db.session, now=now), now)
        yield _ages("recruitsmart_oldest_unsent_message_seconds", oldest_unsent_at(db.session, now=now), now)
        outbox = GaugeMetricFamily(
            "recruitsmart_outbox", "Messages that wait, or failed of late.", labels=["state", "lane"]
        )
        counted = select(OutboxMessage.state, OutboxMessage.lane, func.count())
        recent = OutboxMessage.settled_at >= now - RECENT
        for one in (*WAITING, *UNWELL):  # one by one, so that each finds its own partial index
            of_state = counted.where(OutboxMessage.state == one, *([recent] if one in UNWELL else []))
            rows = of_state.group_by(OutboxMessage.lane, OutboxMessage.state)
            for state, lane, count in db.session.execute(rows):
                outbox.add_metric([state.value, Lane(lane).name.lower()], count)
        yield outbox
        bookings = GaugeMetricFamily("recruitsmart_bookings", "Live bookings.", labels=["status"])
        live = select(Booking.status, func.count()).where(Booking.ended_at.is_(None)).group_by(Booking.status)
        for status, count in db.session.execute(live):
            bookings.add_metric([status.value], count)
        yield bookings
        yield self._processes()

    def _processes(self) -> GaugeMetricFamily:
        processes = GaugeMetricFamily("recruitsmart_processes", "Processes by state.", labels=["process", "state"])
        counts: dict[tuple[str, str], int] = {}
        for one in states(self._now):
            key = (one["process"], one["state"])
            counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            processes.add_metric(list(key), count)
        return processes

    def _from_redis(self) -> Iterable[GaugeMetricFamily]:
        url = self._settings.redis_url or ""
        depths = GaugeMetricFamily("recruitsmart_queue_depth", "Messages that wait.", labels=["queue"])
        for queue, count in queue_depths(url, QUEUES, seconds=REDIS_SECONDS).items():
            depths.add_metric([queue], count)
        yield depths
        oldest = oldest_waiting_at(url, DIALOGUE, seconds=REDIS_SECONDS)
        yield _ages("recruitsmart_oldest_update_seconds", oldest, self._now)


def _ages(name: str, since: datetime | None, now: datetime) -> GaugeMetricFamily:
    """0 when there is none."""
    age = max(0.0, (now - since).total_seconds()) if since else 0.0
    return GaugeMetricFamily(name, "Age of the oldest.", value=age)
