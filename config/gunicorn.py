"""How gunicorn serves the web process: `gunicorn -c config/gunicorn.py recruitsmart.wsgi:app`.

An entry point: gunicorn's master runs this file before it forks, and reads each name without underscore.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Any

from config.settings import process_number, settings_with_servers_or_exit

# Wrong settings end the master here, with one list and exit code 1; found later, each worker would repeat
# them. The workers inherit the cached value, so a session secret generated in development is one for all.
_settings = settings_with_servers_or_exit()
_SHARED_MEMORY = Path("/dev/shm")

# In production the proxy usually sits on another host or in another container; elsewhere nobody outside
# this machine has any business here.
_host = os.environ.get("HOST") or ("0.0.0.0" if _settings.is_production else "127.0.0.1")
_port = process_number("PORT", 8000, lowest=1, highest=65_535)
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

# Requests wait for Postgres and Redis, hardly for the processor: threads. Two processes keep one core-bound
# export from holding up everybody else.
worker_class = "gthread"
workers = process_number("WEB_CONCURRENCY", 2, lowest=1, highest=256)
# Webhook requests wait up to 5 s for their acknowledgement; recruitsmart/web/webhook.py keeps some threads free
# of them for people.
threads = _settings.web_threads

# A worker that has not answered the master for this long is stuck; requests have their own, shorter bounds.
timeout = 30
# Supervisors and container platforms kill after 30 s. A webhook request needs 5 s, a long export 20 s.
graceful_timeout = 25
# Longer than the idle time of common proxies (60 s): they must close first, or they reuse a connection we
# are just closing and their client sees a 502. Idle connections occupy no thread in gthread.
keepalive = 65

# A slow leak in any library ends here; the jitter keeps the workers from restarting together.
max_requests = 10_000
max_requests_jitter = 1_000

# With preload the engine's connections would be shared over fork, and a new release could not be loaded
# worker by worker.
preload_app = False

# The heartbeat file on a disk blocks the worker when that disk is busy, and the master kills it.
worker_tmp_dir = str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None

# Only these may say which scheme a request came by; recruitsmart/web/proxies.py believes the same ones the address.
forwarded_allow_ips = ",".join(sorted(_settings.trusted_proxies))

# Addresses and queries of requests contain public references and search texts; the application logs ids.
accesslog = None
errorlog = "-"
loglevel = _settings.log_level.lower()

# A socket at a fixed place for `gunicornc`: two releases on one host would fight for it, and nobody uses it.
control_socket_disable = True
proc_name = "recruitsmart-web"

_SWITCH_SECONDS = 0.0002


def post_worker_init(worker: Any) -> None:
    """Each process gives signs of life of its own; the `flask` command loads the same application and does not."""
    worker.wsgi.extensions["recruitsmart.begin"]()
    # The garbage collector looks through all that lives, the loaded code included: a page was held up for 50 ms by it.
    # What is alive now stays until the process ends, so it need not be looked at again.
    gc.collect()
    gc.freeze()
    # Whoever has an answer of Postgres waits until the thread that computes lets go, each time: by default for 5 ms.
    sys.setswitchinterval(_SWITCH_SECONDS)
