"""How processes give their sign of life: through a task, which proves the way through Redis."""

import os
import threading
from socket import gethostname

from celery import Celery

from recruitsmart import __version__, clock
from workers.contract import BeatOther
from workers.nudges import nudge

BEAT_SECONDS = 5.0  # a third of the silence after which a process is taken for dead


def own_name() -> str:
    """Of this process, among all of its type."""
    return f"{gethostname()}:{os.getpid()}"


def sign_of_life(process: str, instance: str, *, starts: bool) -> BeatOther:
    """What a process says now; `starts` when it did not work just before."""
    now = clock.now().timestamp()
    return BeatOther(process=process, instance=instance, version=__version__, sent_at=now, starts=starts)


def keep_beating(celery: Celery, process: str, ended: threading.Event) -> None:
    """Beat now, before the first update whose answer may depend on how long we were away, then in a thread."""
    nudge(celery, sign_of_life(process, own_name(), starts=True))
    threading.Thread(target=_beat, args=(celery, process, ended), daemon=True, name=f"beat-{process}").start()


def _beat(celery: Celery, process: str, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        nudge(celery, sign_of_life(process, own_name(), starts=False))
