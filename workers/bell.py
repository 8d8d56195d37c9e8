"""A bell for senders that have just run out of work. Ringing it costs a tenth of what a task costs.

Whoever has sent all that was due listens for a moment before the task ends; what is posted meanwhile rings one of the
listeners, and only when nobody listens is a task sent. A ring may be lost with the listener it was for: that costs
time until the sweep, nothing else.
"""

import threading
from datetime import timedelta
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

from workers.contract import DELIVERY

LISTENERS, BELL = "delivery:listeners", "delivery:bell"
LISTEN_SECONDS = 1.0
MOST_LISTENERS = 4  # of all processes together; the other threads are there for tasks
ENOUGH_TASKS = 4  # waiting tasks of delivery: each sends all that is due, so one more would find nothing

_TIME = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""
# Whoever died listening is forgotten some time after it would have stopped.
_SIT_DOWN = (
    _TIME
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + 2 * ARGV[2], ARGV[1])
return 1
"""
)
# A ring of the last moment is taken along. Redis wakes whoever has waited longest, not whom the ring was for: it is
# their number that must be right, so who goes without a ring takes a name along, mostly the own one.
_GET_UP = """
if redis.call('RPOP', KEYS[2]) then return 1 end
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then redis.call('ZPOPMIN', KEYS[1]) end
return 0
"""
_RING = (
    _TIME
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if #redis.call('ZPOPMAX', KEYS[1]) > 0 then
  redis.call('LPUSH', KEYS[2], 1)
  redis.call('EXPIRE', KEYS[2], 2)
  return 1
end
return redis.call('LLEN', KEYS[3]) >= tonumber(ARGV[1]) and 1 or 0
"""
)


class Bell:
    """Both ends of it, for every process of one Redis."""

    def __init__(self, redis: Redis, *, listen_seconds: float = LISTEN_SECONDS) -> None:
        self._redis, self._listen_seconds = redis, listen_seconds
        self._sit_down, self._get_up, self._ring = (redis.register_script(each) for each in (_SIT_DOWN, _GET_UP, _RING))
        self._closed = threading.Event()

    def ring(self) -> bool:
        """Whether somebody will look into the outbox from now on: one who listens, or enough tasks that wait."""
        try:
            return bool(self._ring(keys=[LISTENERS, BELL, DELIVERY], args=[ENOUGH_TASKS]))
        except RedisError:
            return False

    def listen(self) -> bool:
        """Wait for a ring, at most `listen_seconds`; False when none came, or when enough others listen."""
        if self.is_closed:
            return False
        name = uuid4().hex
        try:
            if not self._sit_down(keys=[LISTENERS], args=[name, self._listen_seconds, MOST_LISTENERS]):
                return False
            if self._redis.blpop([BELL], timeout=self._listen_seconds):
                return True
            return bool(self._get_up(keys=[LISTENERS, BELL], args=[name]))
        except RedisError:
            return False

    def rest(self, moment: timedelta) -> bool:
        """Wait without a ring; False when this process is about to end, and then at once."""
        return not self._closed.wait(moment.total_seconds())

    @property
    def is_closed(self) -> bool:
        """Whether this process is about to end."""
        return self._closed.is_set()

    def close(self) -> None:
        """This process ends: nobody in it begins to listen any more."""
        self._closed.set()
