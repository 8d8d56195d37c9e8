"""HTTP sessions for telebot, one for each thread, which read the environment once.

requests looks for proxies and certificates in the environment before each call; that was a quarter of what asking for
updates cost.
"""

import threading
from typing import Any

import requests


class Sessions:
    """For calls to one address; HTTPS_PROXY, NO_PROXY and REQUESTS_CA_BUNDLE are those of the start."""

    def __init__(self, api_url: str) -> None:
        of_environment = requests.Session().merge_environment_settings(api_url, {}, None, None, None)
        self._proxies, self._certificates = of_environment["proxies"], of_environment["verify"]
        self._of_thread = threading.local()

    def request(self, method: str, url: str, **parts: Any) -> requests.Response:
        """What telebot asks its sender for; telebot's own proxy goes before the environment's."""
        proxies = parts.pop("proxies", None) or self._proxies
        return self._session().request(method, url, proxies=proxies, **parts)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            session.trust_env, session.verify = False, self._certificates
        return session
