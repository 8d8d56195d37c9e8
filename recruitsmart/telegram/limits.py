"""One token bucket for the whole bot and one per chat, in Redis, shared by all processes."""

import logging
import threading
import time
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError

from recruitsmart.domain.messaging.sending import Lane

log = logging.getLogger(__name__)

PER_SECOND = 25.0  # Telegram allows about 30; the worst second seen with these figures had 29
BURST = 5.0
CHAT_PER_SECOND = 1.0
CHAT_BURST = 5.0
RESERVE = {Lane.INTERACTIVE: 0.0, Lane.PROMISED: 1.0, Lane.BULK: 2.0}  # tokens a lane leaves for the better ones
REST_AFTER_FAILURE_SECONDS = 2.0
ALONE_PER_SECOND = 5.0

# Both buckets are looked at before either is touched, so a refusal costs no token.
_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local function level(key, rate, burst)
  local saved = redis.call('HMGET', key, 'tokens', 'at')
  if not saved[1] then return burst end
  return math.min(burst, tonumber(saved[1]) + (now - tonumber(saved[2])) * rate)
end
local rate, burst, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local chat_rate, chat_burst = tonumber(ARGV[4]), tonumber(ARGV[5])
local all, chat = level(KEYS[1], rate, burst), level(KEYS[2], chat_rate, chat_burst)
local wait_all, wait_chat = math.max(0, (1 + reserve - all) / rate), math.max(0, (1 - chat) / chat_rate)
if wait_all == 0 and wait_chat == 0 then
  redis.call('HSET', KEYS[1], 'tokens', tostring(all - 1), 'at', tostring(now))
  redis.call('HSET', KEYS[2], 'tokens', tostring(chat - 1), 'at', tostring(now))
  redis.call('EXPIRE', KEYS[1], 60)
  redis.call('EXPIRE', KEYS[2], 60)
end
return {tostring(wait_all), tostring(wait_chat)}
"""


class Limits:
    """Asks whether a message may leave now. Without Redis each process goes on alone, slowly.

    `per_second` is for the whole bot; a self-hosted or paid Telegram allows more than the default.
    """

    def __init__(self, redis: Redis, *, per_second: float = PER_SECOND, chat_per_second: float = CHAT_PER_SECOND):
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._rates = (per_second, max(BURST, per_second / 5), chat_per_second, max(CHAT_BURST, chat_per_second * 5))
        self._alone = _Alone()
        self._redis_rests_until = 0.0

    def wait(self, chat_id: int, lane: Lane) -> tuple[timedelta, bool]:
        """How long this message must wait, zero for now, and whether it is the whole bot that must.

        Taking the tokens and asking are one step; a refusal takes none.
        """
        if time.monotonic() < self._redis_rests_until:
            return self._alone.wait(), True
        per_second, burst, chat_per_second, chat_burst = self._rates
        args = [per_second, burst, RESERVE[lane], chat_per_second, chat_burst]
        try:
            answer = self._take(keys=["limit:all", f"limit:chat:{chat_id}"], args=args)
        except RedisError:
            log.warning("Redis is away; sending goes on slowly", extra={"action": "limits.alone"})
            self._redis_rests_until = time.monotonic() + REST_AFTER_FAILURE_SECONDS
            return self._alone.wait(), True
        for_all, for_chat = (float(part) for part in answer)
        return timedelta(seconds=max(for_all, for_chat)), for_all > 0

    def is_first_to_wait(self, for_whom: str, wait: timedelta) -> bool:
        """Whether nobody else has undertaken to come back after this wait: one waker is enough for a whole backlog.

        Without Redis nobody is; the sweep comes back instead.
        """
        milliseconds = max(1, int(wait.total_seconds() * 1000))
        try:
            return bool(self._redis.set(f"limit:waker:{for_whom}", 1, nx=True, px=milliseconds))
        except RedisError:
            return False


class _Alone:
    """An even pace inside one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at = 0.0

    def wait(self) -> timedelta:
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                return timedelta(seconds=self._next_at - now)
            self._next_at = now + 1 / ALONE_PER_SECOND
            return timedelta(0)
