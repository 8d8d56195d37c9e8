"""What a failed call to Telegram means for the message, read from Telegram's own words and the transport's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from ssl import SSLCertVerificationError

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException
from telebot.apihelper import ApiException, ApiHTTPException, ApiTelegramException
from urllib3.exceptions import NewConnectionError

from recruitsmart.domain.messaging.sending import NO_CONNECTION, NO_CONNECTION_IN_TIME, Outcome, Verdict
from recruitsmart.telegram.refusal import Refused

CallFailed = (ApiException, RequestException, Refused)

_UNREACHABLE = ("chat not found", "user is deactivated", "bot was blocked", "bot can't initiate", "peer_id_invalid")
_UNEDITABLE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_UNCHANGED = "message is not modified"
_BAD_HTML = "can't parse entities"


def says(error: Exception, *phrases: str) -> bool:
    """Whether Telegram's description contains one of the phrases."""
    description = str(getattr(error, "description", "")).lower()
    return any(phrase in description for phrase in phrases)


@contextmanager
def in_words() -> Iterator[None]:
    """For calls made by a person at a terminal.

    Raises:
        Refused: in place of what the library raises, whose text may contain the token.
    """
    try:
        yield
    except ApiTelegramException as error:
        raise Refused(f"Telegram says: {error.error_code} {error.description}") from None
    except (ApiException, RequestException) as error:
        raise Refused(f"Telegram does not answer ({type(error).__name__})") from None


def is_unchanged(error: Exception) -> bool:
    """An edit that changes nothing: the message already says what it should."""
    return says(error, _UNCHANGED)


def is_uneditable(error: Exception) -> bool:
    """The message to edit is gone or too old; the text can still be sent."""
    return says(error, *_UNEDITABLE)


def is_bad_html(error: Exception) -> bool:
    """Telegram could not parse our HTML; the same words can go as plain text."""
    return says(error, _BAD_HTML)


def outcome_of(error: Exception) -> Outcome:
    """The verdict on an attempt that raised `error`."""
    match error:
        case ApiTelegramException():
            return _refusal(error)
        case ApiHTTPException():
            return _of_another(error.result.status_code)
        case ConnectTimeout():
            return Outcome(verdict=Verdict.BROKEN, reason=NO_CONNECTION_IN_TIME, away=True)
        case RequestsConnectionError() if _never_connected(error):
            return Outcome(verdict=Verdict.BROKEN, reason=NO_CONNECTION, away=True)
        case _:
            return Outcome(verdict=Verdict.DOUBTFUL, reason=type(error).__name__, away=True)


def _of_another(status: int) -> Outcome:
    """Telegram itself answers in JSON: somebody between us and it has spoken, a proxy or a page to sign in."""
    if status // 100 == 4:  # refused there, and so will be the next one
        return Outcome(verdict=Verdict.BROKEN, reason=f"HTTP {status}", away=True)
    if status // 100 in (3, 5) and status != HTTPStatus.GATEWAY_TIMEOUT:  # sent elsewhere, or an error
        return Outcome(verdict=Verdict.BROKEN, reason=f"HTTP {status}")
    return Outcome(verdict=Verdict.DOUBTFUL, reason=f"HTTP {status}", away=True)


def _refusal(error: ApiTelegramException) -> Outcome:
    reason = f"{error.error_code} {error.description}"
    if error.error_code == 429:
        seconds = error.result_json.get("parameters", {}).get("retry_after", 1)
        return Outcome(verdict=Verdict.BUSY, wait=timedelta(seconds=seconds), reason=reason)
    if error.error_code >= 500 or error.error_code in (401, 404, 409):
        return Outcome(verdict=Verdict.BROKEN, reason=reason)
    gone = error.error_code == 403 or says(error, *_UNREACHABLE)
    return Outcome(verdict=Verdict.REFUSED, reason=reason, unreachable=gone)


def _never_connected(error: Exception) -> bool:
    """No connection, none through the proxy, or one to somebody whose certificate is not Telegram's."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    of_proxy = getattr(cause, "original_error", None)
    if isinstance(of_proxy or cause, NewConnectionError) or "Tunnel connection failed" in str(of_proxy):
        return True
    return any(isinstance(why, SSLCertVerificationError) for why in getattr(cause, "args", ()))
