"""How fast messages may leave: buckets in Redis, for the whole bot and for each chat, shared by all processes."""

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from recruitsmart.domain.messaging.sending import Lane

log = logging.getLogger(__name__)

PER_SECOND = 28.0  # Telegram allows about 30 in any second; what is on its way may bunch a little
BURST = 5.0
WINDOW_SECONDS = 1.0  # in any such stretch at most `per_second` leave, bursts included
CHAT_PER_SECOND = 1.0
CHAT_BURST = 5.0
RESERVE = {Lane.INTERACTIVE: 0.0, Lane.PROMISED: 1.0, Lane.BULK: 2.0}  # tokens a lane leaves for the better ones
LONGEST_AWAY_SECONDS = 8.0  # between two looks whether a Telegram that is away is back
REST_AFTER_FAILURE_SECONDS = 2.0
ALONE_PER_SECOND = 5.0

_NOW = timedelta(0)

# `all_wait`: until the whole bot may send something that leaves `reserve` tokens; 0 for now.
_READING = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local rate, burst, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function level(key, rate, burst)
  local saved = redis.call('HMGET', key, 'tokens', 'at')
  if not saved[1] then return burst end
  return math.min(burst, tonumber(saved[1]) + (now - tonumber(saved[2])) * rate)
end
local function stopped(key) return math.max(0, redis.call('PTTL', key)) / 1000 end
local function all_wait(tokens, reserve)
  local wait = math.max(stopped('limit:stop'), stopped('limit:away'), (1 + reserve - tokens) / rate)
  local oldest = redis.call('LINDEX', 'limit:recent', most - 1)
  if oldest then wait = math.max(wait, tonumber(oldest) + window - now) end
  return wait
end
local all = level('limit:all', rate, burst)
local function look(tokens, first)
  local waits = {redis.call('EXISTS', 'limit:troubles')}
  for index = first, #ARGV do
    local reserve = tonumber(ARGV[index])
    table.insert(waits, tostring(all_wait(tokens, reserve)))
    table.insert(waits, tostring(all_wait(tokens - 1, reserve)))
  end
  return waits
end
"""

_LOOK = _READING + "return look(all, 5)"

# Everything is looked at before anything is touched, so a refusal costs no token. What room is left is told as well.
_TAKE = (
    _READING
    + """
local reserve, chat_rate, chat_burst = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local bucket, stop = KEYS[1], KEYS[2]
local chat = level(bucket, chat_rate, chat_burst)
local for_all, for_chat = all_wait(all, reserve), math.max(stopped(stop), (1 - chat) / chat_rate)
if for_all > 0 or for_chat > 0 then return {tostring(for_all), tostring(for_chat)} end
redis.call('HSET', 'limit:all', 'tokens', tostring(all - 1), 'at', tostring(now))
redis.call('HSET', bucket, 'tokens', tostring(chat - 1), 'at', tostring(now))
redis.call('LPUSH', 'limit:recent', tostring(now))
redis.call('LTRIM', 'limit:recent', 0, most - 1)
for _, key in ipairs({'limit:all', 'limit:recent', bucket}) do redis.call('EXPIRE', key, 60) end
local answer = {'0', '0'}
for _, part in ipairs(look(all - 1, 8)) do table.insert(answer, part) end
return answer
"""
)

# Telegram does not say whether the chat or the whole bot was too fast. A private chat that got nothing else of late
# cannot be the reason; nor can a chat when another one was refused as well and still waits.
_REFUSE = (
    _READING
    + """
local wait, chat_rate, chat_burst, is_private = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local bucket, stop = KEYS[1], KEYS[2]
local other = redis.call('GET', 'limit:refused')
local rested = level(bucket, chat_rate, chat_burst) >= chat_burst - 1.5
local everyone = (is_private and rested) or (other and other ~= bucket)
local key = everyone and 'limit:stop' or stop
if redis.call('PTTL', key) < wait then redis.call('SET', key, 1, 'PX', wait) end
if not everyone then redis.call('SET', 'limit:refused', bucket, 'PX', wait) end
return everyone and 1 or 0
"""
)

# The first trouble only wants somebody to look; from the second on everybody waits, twice as long each time.
_TROUBLE = """
local troubles = redis.call('INCR', 'limit:troubles')
redis.call('EXPIRE', 'limit:troubles', 300)
if troubles == 1 then return 0 end
local wait = math.floor(1000 * math.min(tonumber(ARGV[1]), 2 ^ math.min(troubles - 2, 10)))
redis.call('SET', 'limit:away', 1, 'PX', wait)
return wait
"""


@dataclass(frozen=True, kw_only=True)
class Room:
    """Lanes down to `lowest_lane` may send now (None: nobody may); after `wait` a look at the others makes sense.

    `in_trouble`: Telegram did not answer of late; ask whether it does before anything is sent. `next_in`: when one
    message has left, how long until the next of that lane may.
    """

    lowest_lane: Lane | None
    wait: timedelta = _NOW
    in_trouble: bool = False
    next_in: Mapping[Lane, timedelta] = field(default_factory=lambda: dict.fromkeys(Lane, _NOW))

    @property
    def is_wide(self) -> bool:
        """Whether no limit is near, for any lane."""
        return self.lowest_lane == Lane.BULK and not (self.wait or self.in_trouble or any(self.next_in.values()))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """To “may this leave now?”: after `wait` (zero: yes), everybody's or the chat's; `room` is what is left then."""

    wait: timedelta = _NOW
    for_everyone: bool = False
    room: Room | None = None


class Limits:
    """Asks whether a message may leave now. Without Redis each process goes on alone, slowly.

    `per_second` is for the whole bot; a self-hosted or paid Telegram allows more than the default.
    """

    def __init__(self, redis: Redis, *, per_second: float = PER_SECOND, chat_per_second: float = CHAT_PER_SECOND):
        self._redis = redis
        self._look, self._take = redis.register_script(_LOOK), redis.register_script(_TAKE)
        self._refuse, self._trouble = redis.register_script(_REFUSE), redis.register_script(_TROUBLE)
        self._all = [per_second, max(BURST, per_second / 5), WINDOW_SECONDS, max(ceil(per_second), BURST)]
        self._chat = [chat_per_second, max(CHAT_BURST, chat_per_second * 5)]
        self._alone = _Alone()
        self._redis_rests_until = 0.0

    def room(self) -> Room:
        """Which lanes may send now. Asked before a message is taken up, so that few are put back."""
        waits = self._ask(self._look, [], [*self._all, *RESERVE.values()])
        return Room(lowest_lane=Lane.BULK) if waits is None else _room(waits)

    def wait(self, chat_id: int, lane: Lane) -> Answer:
        """Whether this message may leave now. Taking the tokens and asking are one step; a refusal takes none."""
        of_lane = [*self._all, RESERVE[lane], *self._chat, *RESERVE.values()]
        answer = self._ask(self._take, _keys(chat_id), of_lane)
        if answer is None:
            return Answer(wait=self._alone.wait(), for_everyone=True)
        for_all, for_chat, *left = answer
        if left:
            return Answer(room=_room(left))
        return Answer(wait=_duration(max(float(for_all), float(for_chat))), for_everyone=float(for_all) > 0)

    def refuse(self, chat_id: int, wait: timedelta) -> bool:
        """Telegram refused a message to this chat and said how long to wait; whether everybody must wait now."""
        milliseconds = max(1, ceil(wait / _MILLISECOND))
        answer = self._ask(self._refuse, _keys(chat_id), [*self._all, milliseconds, *self._chat, int(chat_id > 0)])
        if answer is None:
            self._alone.stop(wait)
        return answer is None or bool(answer)

    def trouble(self) -> timedelta:
        """Telegram was away, or did not answer; how long everybody waits now. Without Redis nobody knows."""
        wait = self._ask(self._trouble, [], [LONGEST_AWAY_SECONDS])
        return _MILLISECOND * int(wait or 0)

    def well(self) -> None:
        """A message was answered again. That Telegram answers other questions is not enough."""
        with suppress(RedisError):
            self._redis.delete("limit:troubles", "limit:away")

    def is_first_to_wait(self, for_whom: str, wait: timedelta) -> bool:
        """Whether nobody else has undertaken to come back after this wait: one waker is enough for a whole backlog.

        Without Redis nobody is; the sweep comes back instead.
        """
        milliseconds = max(1, int(wait / _MILLISECOND))
        try:
            return bool(self._redis.set(f"limit:waker:{for_whom}", 1, nx=True, px=milliseconds))
        except RedisError:
            return False

    def somebody_waits(self, for_whom: str) -> bool:
        """Whether somebody has undertaken to come back and the wait is not over."""
        try:
            return bool(self._redis.exists(f"limit:waker:{for_whom}"))
        except RedisError:
            return False

    def _ask(self, script: Script, keys: list[str], args: list[Any]) -> Any:
        """What the script answers; None while Redis is away, and for a little while after."""
        if time.monotonic() < self._redis_rests_until:
            return None
        try:
            return script(keys=keys, args=args)
        except RedisError:
            log.warning("Redis is away; sending goes on slowly", extra={"action": "limits.alone"})
            self._redis_rests_until = time.monotonic() + REST_AFTER_FAILURE_SECONDS
            return None


_MILLISECOND = timedelta(milliseconds=1)


def _keys(chat_id: int) -> list[str]:
    return [f"limit:chat:{chat_id}", f"limit:stop:{chat_id}"]


def _room(answer: list[Any]) -> Room:
    in_trouble, *waits = answer
    now, next_in = ([_duration(float(wait)) for wait in waits[start::2]] for start in (0, 1))
    return Room(
        in_trouble=bool(in_trouble),
        lowest_lane=max((lane for lane, wait in zip(Lane, now, strict=True) if not wait), default=None),
        wait=min((wait for wait in now if wait), default=_NOW),
        next_in=dict(zip(Lane, next_in, strict=True)),
    )


def _duration(seconds: float) -> timedelta:
    """Rounded up to whole milliseconds, so that coming back after it is not too early."""
    return timedelta(milliseconds=max(0, ceil(seconds * 1000)))


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

    def stop(self, wait: timedelta) -> None:
        with self._lock:
            self._next_at = max(self._next_at, time.monotonic() + wait.total_seconds())
