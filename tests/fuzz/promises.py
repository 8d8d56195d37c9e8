"""What must hold after every step, read from Postgres by a connection of its own."""

from typing import Any

from sqlalchemy import Engine, text

from recruitsmart.domain.dialogue.machine import DOUBLE_TAP
from recruitsmart.local.telegram.markup import parse_html, utf16_length
from recruitsmart.telegram.markup import for_new_message
from workers.contract import Block, Edit, FromPerson, Unblock

MOST_REPLIES = 4
LONGEST = 4096  # https://core.telegram.org/bots/api#sendmessage

# Each finds rows that must not be.
IMPOSSIBLE = {
    "an open question outside a test that is under way": """
        select a.id from answers a join attempts t on t.id = a.attempt_id where a.status = 'open' and t.status <>
        'under_way'""",
    "an answer to a question that does not belong to the attempt": """
        select a.id from answers a join attempts t on t.id = a.attempt_id where not a.question_id = any
        (t.question_ids)""",
    "an answer to a choice that was never offered": """
        select a.id from answers a where a.status = 'answered' and a.asked->>'kind' = 'one_choice'
        and not exists (select from jsonb_array_elements(a.asked->'options') o where o->'key' = a.value)""",
    "ticks that were never offered": """
        select a.id from answers a, jsonb_array_elements(case when jsonb_typeof(a.value) = 'array' then a.value else
        a.draft end) tick
        where not exists (select from jsonb_array_elements(a.asked->'options') o where o->'key' = tick)""",
    "a clock that does not begin when the question was sent": """
        select id from answers where deadline_at is not null and (deadline_at < asked_at or deadline_at > asked_at +
        interval '120 s')""",
    "a question closed by its timer before its time": """
        select id from answers where status = 'timed_out' and answered_at < deadline_at""",
    "an open question whose clock runs without a timer": """
        select a.id from answers a where a.status = 'open' and a.deadline_at is not null and not exists
        (select from timers t where t.kind = 'assessments.question_expires' and t.subject_id = a.id and t.state =
        'pending')""",
    "an exam without a result": """
        select id from attempts t where status = 'finished' and screening is null and passed is null""",
    "typed words that would answer a question of somebody else": """
        select c.candidate_id from conversations c join answers a on a.id = c.answer_id join attempts t on t.id =
        a.attempt_id
        where t.candidate_id <> c.candidate_id""",
    "somebody in Test 1 without it": """
        select id from candidates c where stage = 'test1' and not exists
        (select from attempts t join tests on tests.id = t.test_id where t.candidate_id = c.id and key = 'test1' and
        status = 'under_way')""",
    "somebody past Test 1 who did not finish it": """
        select id from candidates c where erased_at is null and stage not in ('started', 'test1') and not exists
        (select from attempts t join tests on tests.id = t.test_id where t.candidate_id = c.id and key = 'test1' and
        status = 'finished')""",
    "somebody past consent or registration who gave none": """
        select id from candidates where erased_at is null and (
        (stage <> 'started' and (full_name is null or city_id is null or registered_at is null))
        or (full_name is not null and consent_at is null))""",
    "words about somebody who was forgotten": """
        select o.id from outbox o join candidates c on c.id = o.candidate_id where erased_at is not null
        union all select s.candidate_id from conversations s join candidates c on c.id = s.candidate_id
        where erased_at is not null""",
    "a live booking outside its stage": """
        select b.id from bookings b join candidates c on c.id = b.candidate_id
        where b.status in ('pending', 'booked', 'confirmed') and c.stage <> b.purpose""",
    "an interview or introductory day without a booking": """
        select id from candidates c where stage in ('interview', 'intro_day') and outcome = 'active' and not exists
        (select from bookings b where b.candidate_id = c.id and b.purpose = c.stage and b.status in ('pending',
        'booked', 'confirmed', 'attended', 'late'))""",
    "somebody who passed and stands still, or went on without passing": """
        select id from candidates c where (stage = 'to_intro_day') <> exists (select from attempts t
        where t.candidate_id = c.id and t.passed) and stage in ('test2', 'to_intro_day') and outcome = 'active'""",
    "somebody who waits for an hour and has one": """
        select w.id from waiting w join candidates c on c.id = w.candidate_id where w.status = 'waiting' and c.stage
        <> (case w.purpose when 'interview' then 'to_schedule' else 'to_intro_day' end)
        and not exists (select from bookings b where b.candidate_id = c.id and b.status in ('pending', 'booked',
        'confirmed'))""",
    "an update that failed": "select update_id from seen_updates where failure is not null",
}  # fmt: skip
_EVERYTHING = text(
    " union all ".join(
        f"select '{name}' as what, id::text from ({query}) as rows (id)" for name, query in IMPOSSIBLE.items()
    )
)
_BELONGINGS = text("""
    select c.id, concat_ws('|', md5(c::text), v.body, t.body, a.body, b.body, w.body) from candidates c
    left join lateral (select md5(string_agg(x::text, '|')) body from conversations x where x.candidate_id = c.id) v
        on true
    left join lateral (select md5(string_agg(x::text, '|' order by id)) body from attempts x where x.candidate_id =
        c.id) t on true
    left join lateral (select md5(string_agg(x::text, '|' order by x.id)) body from answers x join attempts y on
        y.id = x.attempt_id
                       where y.candidate_id = c.id) a on true
    left join lateral (select md5(string_agg(x::text, '|' order by id)) body from bookings x where x.candidate_id =
        c.id) b on true
    left join lateral (select md5(string_agg(x::text, '|' order by id)) body from waiting x where x.candidate_id =
        c.id) w on true""")
_STANDING = text("""
    select c.id, v.prompt, v.asked_at, v.flood_count, a.asked->>'kind' as kind, a.status as answer,
           (select max(x.answered_at) from answers x join attempts t on t.id = x.attempt_id
            where t.candidate_id = c.id) as settled_at,
           (select t.status from attempts t where t.candidate_id = c.id order by id desc limit 1) as attempt
    from contacts k join candidates c on c.id = k.candidate_id left join conversations v on v.candidate_id = c.id
    left join answers a on a.id = v.answer_id where k.chat_id = :chat_id""")
_POSTED = text("select id, kind, body, keyboard, chat_id from outbox where id > :after order by id")


class Books:
    """The rows as another connection sees them."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.last_posted = 0

    def close(self) -> None:
        self._connection.close()

    def standing(self, chat_id: int) -> Any:
        """Where a person stands: prompt and what is open; None for a stranger."""
        return self._connection.execute(_STANDING, {"chat_id": chat_id}).one_or_none()

    def belongings(self) -> dict[int, str]:
        """A mark of all that belongs to each candidate."""
        return {row[0]: row[1] for row in self._connection.execute(_BELONGINGS)}

    def posted(self) -> list[Any]:
        """What was posted since this was asked last, each one fit to be sent."""
        posted = self._connection.execute(_POSTED, {"after": self.last_posted}).all()
        for message in posted:
            self.last_posted = message.id
            _can_be_sent(message)
        return posted

    def are_sound(self) -> None:
        """No row is where it must not be."""
        found = self._connection.execute(_EVERYTHING).all()
        assert found == [], found


def _can_be_sent(message: Any) -> None:
    shown, _ = parse_html(message.body)
    assert 0 < utf16_length(shown) <= LONGEST and len(message.body) <= LONGEST * 4, message.kind
    for button in (button for row in message.keyboard or [] for button in row):
        assert button["label"].strip(), message.kind
    for_new_message(message.keyboard)  # refuses what has no place in 64 bytes


def may_be_silent(message: FromPerson | None, before: Any, after: Any, *, most: int) -> bool:
    """The silences that are promised: news about the chat itself, changed words, a flood, and a double tap."""
    if message is None or isinstance(message, Block | Unblock | Edit):
        return True
    if after is not None and after.flood_count > most:
        return True
    is_press = type(message).__name__ not in ("Start", "Say", "Command", "SendOther")
    moments = () if before is None else (before.asked_at, before.settled_at)
    ago = [message.received_at - moment.timestamp() for moment in moments if moment is not None]
    return is_press and any(seconds < DOUBLE_TAP.total_seconds() for seconds in ago)
