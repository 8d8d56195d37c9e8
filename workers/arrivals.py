"""Updates that Telegram posts to us: enqueued in the order of their chat, and answered for only when Postgres has them.

Telegram posts a person's messages one after the other, but their presses in a line of their own, and any of several
web processes may get them. So the turn of a chat is taken in Redis. Losing it costs order, never an update.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from workers.acknowledgements import Acknowledgements
from workers.contract import FromPerson

log = logging.getLogger(__name__)

WAIT_SECONDS = 5.0
LONGEST_READ_SECONDS = 0.2  # between two looks whether it is our turn; also the pace of a waiter's signs of life
SIGN_OF_LIFE = 2_000  # milliseconds after which a waiter that asked no more counts as gone
HOLD = 15_000  # milliseconds an unacknowledged update keeps the turn, as long as the bot that polls would wait
TRIES_KEPT = 3_600_000

# KEYS: who has the turn, who waits for it, how often this update was enqueued.
# ARGV: this update, then every update we know to be done.
_TAKE_TURN = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], now + {SIGN_OF_LIFE}, ARGV[1])
redis.call('PEXPIRE', KEYS[2], {SIGN_OF_LIFE})
local holder = redis.call('GET', KEYS[1])
for place = 2, #ARGV do
    if holder == ARGV[place] then holder = false end
end
if holder and holder ~= ARGV[1] then return -1 end
for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if tonumber(other) < tonumber(ARGV[1]) then return -1 end
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', {HOLD})
local tries = redis.call('INCR', KEYS[3])
redis.call('PEXPIRE', KEYS[3], {TRIES_KEPT})
return tries - 1
"""
_GIVE_TURN_BACK = """
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Arrivals:
    """Safe for many threads and processes. `enqueue` puts one message on its queue and raises when that is not sure."""

    def __init__(self, redis: Redis, enqueue: Callable[[FromPerson], None]) -> None:
        self._redis = redis
        self._enqueue = enqueue
        self._take_turn = redis.register_script(_TAKE_TURN)
        self._give_turn_back = redis.register_script(_GIVE_TURN_BACK)

    def settle(self, message: FromPerson, *, within_seconds: float = WAIT_SECONDS) -> bool:
        """Have one update answered; True when Postgres has it, or it is known that it never will be.

        False means: not now, post it again. At most one update of a chat is under way, the lowest of those that wait
        comes next. Bounded by `within_seconds` and the time-outs of Redis.
        """
        try:
            return _Errand(self._redis, message, until=monotonic() + within_seconds).run(self)
        except (RedisError, OperationalError) as error:
            log.warning("Redis is away: %s", type(error).__name__, extra={"action": "webhook.settle"})
            return False

    def take_turn(self, message: FromPerson, done: set[int]) -> int | None:
        """How often the update was enqueued before; None while it is another one's turn."""
        tries = int(self._take_turn(keys=_keys(message), args=[message.update_id, *done]))
        return tries if tries >= 0 else None

    def give_turn_back(self, message: FromPerson) -> None:
        """The next of the chat may go."""
        self._give_turn_back(keys=_keys(message), args=[message.update_id])

    def enqueue(self, message: FromPerson, tries: int) -> None:
        """Put it on its queue; a message that could not be sent keeps nobody waiting.

        Raises:
            OperationalError: the broker is away.
        """
        try:
            self._enqueue(replace(message, tries=tries))
        except OperationalError:
            self.give_turn_back(message)
            raise


class _Errand:
    """One update, from its turn to its acknowledgement, and what was acknowledged meanwhile."""

    def __init__(self, redis: Redis, message: FromPerson, *, until: float) -> None:
        self._acknowledgements = Acknowledgements(redis)
        self._message = message
        self._until = until
        self._place = self._acknowledgements.newest()  # before it is sent, or its acknowledgement could be missed
        self._done: set[int] = set()

    def run(self, arrivals: Arrivals) -> bool:
        while (tries := arrivals.take_turn(self._message, self._done)) is None:
            if not self._listen():
                arrivals.give_turn_back(self._message)
                return self._is_done
        arrivals.enqueue(self._message, tries)
        while self._listen():
            continue
        if self._is_done:
            arrivals.give_turn_back(self._message)
        return self._is_done

    @property
    def _is_done(self) -> bool:
        return self._message.update_id in self._done

    def _listen(self) -> bool:
        """Take note of what is done; False when there is no time left or this update is among it."""
        wait = min(self._until - monotonic(), LONGEST_READ_SECONDS)
        if wait <= 0:
            return False
        self._place, told = self._acknowledgements.after(self._place, wait_milliseconds=int(wait * 1000))
        for one in told:
            if one.failed and one.update_id == self._message.update_id:
                log.error("an update failed for good", extra={"update_id": one.update_id})
            self._done.add(one.update_id)
        return not self._is_done


def _keys(message: FromPerson) -> list[str]:
    chat, update = f"chat:{message.chat_id}", f"update:{message.update_id}"
    return [f"webhook:{chat}:turn", f"webhook:{chat}:waiting", f"webhook:{update}:tries"]
