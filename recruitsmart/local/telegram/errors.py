"""What the simulator answers instead of a result."""

from typing import Any


class ApiError(Exception):
    """A refusal by the Bot API, with the code and the description Telegram itself would send."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


class ControlError(Exception):
    """A call of the control API that makes no sense; the sentence tells the caller why."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def bad_request(reason: str) -> ApiError:
    """Telegram's 400 with its usual beginning."""
    return ApiError(400, f"Bad Request: {reason}")


def conflict(reason: str) -> ApiError:
    """Telegram's 409: two ways of fetching updates at once."""
    return ApiError(409, f"Conflict: {reason}")
