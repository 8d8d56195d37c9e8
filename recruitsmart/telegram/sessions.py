"""HTTP connections for telebot, some for each thread, without what a browser's session does for each call.

A session of requests looks for proxies and certificates in the environment, merges cookies and follows redirects.
None of it is of use here, and it was half of what asking Telegram cost.
"""

import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter

_HEADERS = {"Accept": "application/json", "User-Agent": "RecruitSmart"}


class Sessions:
    """For calls to one address; HTTPS_PROXY, NO_PROXY and REQUESTS_CA_BUNDLE are those of the start."""

    def __init__(self, api_url: str) -> None:
        of_environment = requests.Session().merge_environment_settings(api_url, {}, None, None, None)
        self._proxies, self._certificates = of_environment["proxies"], of_environment["verify"]
        self._of_thread = threading.local()

    def request(
        self, method: str, url: str, *, params: Any = None, files: Any = None, timeout: Any = None, proxies: Any = None
    ) -> requests.Response:
        """What telebot asks its sender for; telebot's own proxy goes before the environment's.

        What is posted goes in the body: telebot would put it into the address, where a long message has no room.

        Raises: what requests raises, once the whole answer is here or cannot be.
        """
        asked = requests.PreparedRequest()
        place = "params" if method.lower() == "get" else "data"
        asked.prepare(method=method.upper(), url=url, files=files, headers=_HEADERS, **{place: params})
        answer = self._adapter().send(
            asked, timeout=timeout, verify=self._certificates, proxies=proxies or self._proxies
        )
        _ = answer.content  # read to the end: only then can the connection serve again
        return answer

    def _adapter(self) -> HTTPAdapter:
        adapter: HTTPAdapter | None = getattr(self._of_thread, "adapter", None)
        if adapter is None:
            adapter = self._of_thread.adapter = HTTPAdapter()
        return adapter
