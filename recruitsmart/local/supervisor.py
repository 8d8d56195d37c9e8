"""Keeps processes running: reads what they write, starts again what dies, ends all of them in order.

honcho's own manager stops everything as soon as one process ends; an operator's supervisor restarts it.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from recruitsmart.local.errors import CannotStart, explained
from recruitsmart.local.leftovers import Ledger
from recruitsmart.local.screen import Screen
from recruitsmart.local.services import Restarts, Server, Service

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PATIENCE_SECONDS = 25  # as gunicorn's graceful_timeout; container platforms kill after 30
_LONGEST_WAIT_SECONDS = 0.2


@dataclass(eq=False)
class _Watched:
    subject: Service | Server
    restarts: Restarts
    ends_last: bool = False
    started_at: float = 0.0
    due_at: float | None = None


class Supervisor:
    """One thread, one loop. Call it from the main thread: the children's lives hang on it (see `processes`)."""

    def __init__(
        self,
        screen: Screen,
        ledger: Ledger,
        *,
        new_restarts: Callable[[], Restarts] = Restarts,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._screen = screen
        self._ledger = ledger
        self._new_restarts = new_restarts
        self._patience_seconds = patience_seconds
        self._selector = selectors.DefaultSelector()
        self._watched: list[_Watched] = []
        self._stop_requests = 0

    @property
    def is_stopping(self) -> bool:
        return self._stop_requests > 0

    def listen(self) -> None:
        """From now on signals of the terminal or of the system end the loop, and deaths of children wake it."""
        awake, alarm = socket.socketpair()
        awake.setblocking(False)
        alarm.setblocking(False)
        self._selector.register(awake, selectors.EVENT_READ)
        signal.set_wakeup_fd(alarm.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._request_stop)

    def add(self, service: Service, *, ends_last: bool = False) -> None:
        """Start a service and keep it running."""
        watched = _Watched(service, self._new_restarts(), ends_last)
        self._watched.append(watched)
        self._start(watched)

    def watch(self, server: Server) -> None:
        """Keep an embedded server running that has been started already."""
        self._watched.append(_Watched(server, self._new_restarts(), started_at=time.monotonic()))
        self._note(server)

    def run(self) -> None:
        """Until a signal asks to stop."""
        while not self._stop_requests:
            self._turn()

    def run_until(self, condition: Callable[[], bool], timeout_seconds: float) -> bool:
        """Keep everything running until the condition comes true; False when time is up or a signal came."""
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if self._stop_requests or time.monotonic() > deadline:
                return False
            self._turn()
        return True

    def stop(self) -> None:
        """End all services, those that end last after the others; a second signal cuts the patience short."""
        self._stop_requests = max(self._stop_requests, 1)
        everybody = [watched for watched in self._watched if isinstance(watched.subject, Service)]
        for late in (False, True):
            self._end([watched for watched in everybody if watched.ends_last is late])

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _turn(self) -> None:
        """Wait for something to happen, then see to it."""
        self._read_what_came(self._seconds_to_wait())
        for watched in self._watched:
            if watched.due_at is None and not watched.subject.is_running:
                self._bury(watched)
            elif watched.due_at is not None and watched.due_at <= time.monotonic() and not self._stop_requests:
                self._start(watched)

    def _seconds_to_wait(self) -> float:
        moments = [watched.due_at for watched in self._watched if watched.due_at is not None]
        return max(0.0, min([_LONGEST_WAIT_SECONDS, *(moment - time.monotonic() for moment in moments)]))

    def _read_what_came(self, wait_seconds: float) -> None:
        for key, _ in self._selector.select(wait_seconds):
            if isinstance(key.data, Service):
                self._read(key.data)
            elif isinstance(key.fileobj, socket.socket):
                key.fileobj.recv(4096)

    def _read(self, service: Service) -> bool:
        """Pass on what a service wrote; whether there may be more right now."""
        lines, is_over = service.read()
        for line in lines:
            self._screen.line(service.name, line)
        if is_over and service.output in self._selector.get_map():
            self._selector.unregister(service.output)
        return bool(lines) and not is_over

    def _start(self, watched: _Watched) -> None:
        subject = watched.subject
        watched.due_at, watched.started_at = None, time.monotonic()
        try:
            subject.start()
        except CannotStart as error:
            if not watched.restarts.is_hopeless:
                self._screen.say(str(error))
        except OSError as error:  # no memory, no room for a process: the others go on, and this one is tried again
            watched.due_at = watched.started_at + watched.restarts.pause_after(0)
            self._screen.say(f"{subject.name} cannot start: {explained(error)}")
            return
        else:
            self._note(subject)
        if isinstance(subject, Service):
            self._selector.register(subject.output, selectors.EVENT_READ, subject)

    def _note(self, subject: Service | Server) -> None:
        if subject.pid is not None:
            try:
                self._ledger.note(subject.name, subject.pid, subject.end_signal)
            except OSError as error:  # costs the next run a leftover, should this one be killed
                self._screen.say(explained(error))

    def _bury(self, watched: _Watched) -> None:
        """Take leave of a dead process and decide when it starts again."""
        self._close(watched)
        now = time.monotonic()
        pause_seconds = watched.restarts.pause_after(now - watched.started_at)
        watched.due_at = now + pause_seconds
        if not self._stop_requests:
            self._report(watched, pause_seconds)

    def _close(self, watched: _Watched) -> None:
        service = watched.subject
        if isinstance(service, Service):
            while self._read(service):
                continue
            if service.output in self._selector.get_map():
                self._selector.unregister(service.output)
            service.close()

    def _report(self, watched: _Watched, pause_seconds: float) -> None:
        name, restarts = watched.subject.name, watched.restarts
        if restarts.has_just_become_hopeless:
            self._screen.say(
                f"{name} has died {restarts.short_lives} times right after its start. The rest keeps running, and "
                f"{name} is tried again every {restarts.longest_pause:.0f} s without a word. It last said:"
            )
            for line in watched.subject.last_lines if isinstance(watched.subject, Service) else ():
                self._screen.say(f"    {line}")
        elif not restarts.is_hopeless:
            ending = watched.subject.ending if isinstance(watched.subject, Service) else "has died"
            self._screen.say(f"{name} {ending}; it starts again in {pause_seconds:.1f} s.")

    def _end(self, those: list[_Watched]) -> None:
        services = [watched.subject for watched in those if isinstance(watched.subject, Service)]
        requests = self._stop_requests
        for service in services:
            service.ask_to_end()
        deadline = time.monotonic() + self._patience_seconds
        while any(service.is_running for service in services):
            if time.monotonic() > deadline or self._stop_requests > requests:
                break
            self._turn()
        for watched in those:
            if watched.due_at is None:
                self._close(watched)
            watched.due_at = float("inf")
