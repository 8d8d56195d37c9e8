"""The diary of Bot API calls, in columns: a million of them fit into about 25 MB."""

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any


class Calls:
    """Every call in the order it was answered; `seq` goes on growing after `clear`."""

    def __init__(self) -> None:
        self.first_seq = 1
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._empty()

    def _empty(self) -> None:
        self.per_method: Counter[str] = Counter()
        self.per_error: Counter[int] = Counter()
        self._at = array("d")
        self._method = array("L")
        self._chat = array("q")
        self._error = array("H")

    def __len__(self) -> int:
        return len(self._at)

    def add(self, method: str, *, at: datetime, chat_id: int, error_code: int) -> None:
        """Note one call; `error_code` 0 means it went well, `chat_id` 0 that it had no chat."""
        number = self._numbers.get(method)
        if number is None:
            number = self._numbers[method] = len(self._names)
            self._names.append(method)
        self._at.append(at.timestamp())
        self._method.append(number)
        self._chat.append(chat_id)
        self._error.append(error_code)
        self.per_method[method] += 1
        if error_code:
            self.per_error[error_code] += 1

    def clear(self) -> None:
        """Forget all calls."""
        self.first_seq += len(self)
        self._empty()

    def after(self, seq: int) -> Iterator[dict[str, Any]]:
        """The calls with a higher `seq`, oldest first, as the control API shows them."""
        # The columns of this moment: `clear` replaces them while someone may still read.
        at, method, chat, error, first_seq = self._at, self._method, self._chat, self._error, self.first_seq
        for index in range(max(seq - first_seq + 1, 0), len(at)):
            yield {
                "seq": first_seq + index,
                "at": datetime.fromtimestamp(at[index], UTC).isoformat(timespec="microseconds"),
                "method": self._names[method[index]],
                "chat_id": chat[index] or None,
                "ok": not error[index],
                "error_code": error[index] or None,
            }
