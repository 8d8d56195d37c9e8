"""Which updates may be enqueued and how far the offset may move."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.inbox import BATCH, REPEAT_AFTER_SECONDS, Inbox
from workers.contract import Say

ANNA, BORIS = 55, 66


def said(update_id: int, chat_id: int = ANNA, *, tries: int = 0) -> Say:
    return Say(update_id=update_id, chat_id=chat_id, received_at=0.0, text="x", tries=tries)


def holding(*messages: Say) -> Inbox:
    inbox = Inbox()
    for message in messages:
        inbox.arrive(message.update_id, message)
    return inbox


def test_of_one_chat_only_the_first_is_due() -> None:
    inbox = holding(said(1), said(2), said(3))
    assert inbox.due(now=0) == [said(1)]
    assert inbox.due(now=1) == []


def test_the_next_of_a_chat_is_due_when_the_one_before_is_done() -> None:
    inbox = holding(said(1), said(2))
    inbox.due(now=0)
    inbox.done(1)
    assert inbox.due(now=1) == [said(2)]


def test_different_chats_do_not_wait_for_each_other() -> None:
    inbox = holding(said(1), said(2, BORIS), said(3))
    assert inbox.due(now=0) == [said(1), said(2, BORIS)]


def test_the_offset_is_the_lowest_that_is_not_done() -> None:
    inbox = holding(said(5), said(6, BORIS), said(7, 77))
    inbox.due(now=0)
    inbox.done(7)
    inbox.done(5)
    assert inbox.offset == 6


def test_when_all_are_done_everything_may_be_confirmed() -> None:
    inbox = holding(said(5), said(6, BORIS))
    inbox.due(now=0)
    inbox.done(6)
    inbox.done(5)
    assert inbox.offset == 7


def test_nothing_known_means_nothing_to_confirm() -> None:
    assert Inbox().offset == 0


def test_an_update_without_a_message_is_done_at_once() -> None:
    inbox = Inbox()
    assert inbox.arrive(5, None)
    assert (inbox.is_empty, inbox.offset, inbox.due(now=0)) == (True, 6, [])


def test_an_update_without_a_message_does_not_carry_the_offset_past_an_open_one() -> None:
    inbox = holding(said(5))
    inbox.arrive(6, None)
    assert inbox.offset == 5


def test_what_telegram_brings_again_is_known_while_open_and_while_unconfirmed() -> None:
    inbox = holding(said(5), said(6))
    inbox.due(now=0)
    inbox.done(5)
    assert [inbox.arrive(5, said(5)), inbox.arrive(6, said(6))] == [False, False]
    inbox.done(6)
    assert inbox.due(now=1) == []


def test_after_a_quiet_week_lower_numbers_are_new_and_confirmed_as_such() -> None:
    inbox = holding(said(900))
    inbox.due(now=0)
    inbox.done(900)
    inbox.confirmed(inbox.offset)
    assert inbox.offset == 0
    assert inbox.arrive(3, said(3))
    assert inbox.due(now=1) == [said(3)]
    assert inbox.offset == 3
    inbox.done(3)
    assert inbox.offset == 4


def test_even_the_same_number_is_new_after_it_was_confirmed() -> None:
    inbox = holding(said(900))
    inbox.due(now=0)
    inbox.done(900)
    inbox.confirmed(901)
    assert inbox.arrive(900, said(900))


def test_silence_is_broken_after_fifteen_seconds_and_counted() -> None:
    inbox = holding(said(5))
    inbox.due(now=100)
    assert inbox.due(now=114.9) == []
    assert inbox.due(now=115) == [said(5, tries=1)]
    assert inbox.due(now=129.9) == []
    assert inbox.due(now=130) == [said(5, tries=2)]


def test_a_repeat_does_not_let_the_next_of_the_chat_pass() -> None:
    inbox = holding(said(5), said(6))
    inbox.due(now=0)
    inbox.due(now=15)
    inbox.done(5)
    assert inbox.due(now=16) == [said(6)]


def test_done_but_not_confirmed_still_takes_its_share_of_a_batch() -> None:
    inbox = holding(said(5), said(6, BORIS))
    assert inbox.share_open == 0.02
    inbox.due(now=0)
    inbox.done(6)
    assert inbox.share_open == 0.02
    inbox.done(5)
    inbox.confirmed(7)
    assert inbox.share_open == 0


def test_what_could_not_be_enqueued_is_due_again_at_once_and_uncounted() -> None:
    inbox = holding(said(5))
    inbox.not_sent(inbox.due(now=0)[0])
    assert inbox.due(now=0) == [said(5)]


def test_a_repeat_that_could_not_be_enqueued_keeps_the_count_it_had() -> None:
    inbox = holding(said(5))
    inbox.due(now=0)
    inbox.not_sent(inbox.due(now=15)[0])
    for _ in range(3):
        inbox.not_sent(inbox.due(now=16)[0])
    assert inbox.due(now=16) == [said(5, tries=1)]
    assert inbox.due(now=31) == [said(5, tries=2)]


def test_an_acknowledgement_of_somebody_elses_update_means_nothing() -> None:
    inbox = holding(said(5))
    inbox.due(now=0)
    inbox.done(999)
    assert (inbox.offset, inbox.is_empty) == (5, False)


def test_a_doubled_acknowledgement_means_nothing() -> None:
    inbox = holding(said(5), said(6))
    inbox.due(now=0)
    inbox.done(5)
    inbox.due(now=0)
    inbox.done(5)
    assert (inbox.offset, inbox.due(now=1)) == (6, [])


def test_another_bot_may_be_ahead_in_the_same_chat() -> None:
    inbox = holding(said(5), said(6), said(7))
    inbox.due(now=0)
    inbox.done(6)
    assert inbox.offset == 5
    inbox.done(5)
    inbox.done(7)
    assert (inbox.offset, inbox.due(now=1), inbox.is_empty) == (8, [], True)


def test_another_bot_that_is_ahead_does_not_make_this_one_skip_anything() -> None:
    inbox = holding(said(5), said(6), said(7))
    inbox.done(6)
    assert inbox.due(now=0) == [said(5)]
    inbox.done(5)
    assert inbox.due(now=1) == [said(7)]


def test_an_acknowledgement_may_come_before_the_update_was_enqueued_here() -> None:
    inbox = holding(said(5))
    inbox.done(5)
    assert (inbox.due(now=0), inbox.is_empty, inbox.offset) == ([], True, 6)


@pytest.mark.parametrize("done", [0, 3])
def test_a_whole_batch_is_full_until_it_is_confirmed(done: int) -> None:
    inbox = holding(*(said(number, number) for number in range(1, BATCH)))
    assert not inbox.is_full
    inbox.arrive(BATCH, said(BATCH, BATCH))
    inbox.due(now=0)
    for number in range(1, done + 1):
        inbox.done(number)
    assert inbox.is_full
    inbox.confirmed(inbox.offset)
    assert inbox.is_full == (done == 0)


class _Polling(RuleBasedStateMachine):
    """Telegram, a broker that may refuse, workers in any order, time, and an inbox between them."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox = Inbox()
        self.now = 0.0
        self.next_id = 1000
        self.at_telegram: dict[int, Say | None] = {}  # brought again until confirmed
        self.open: dict[int, Say] = {}  # taken note of, not done
        self.answered: set[int] = set()
        self.enqueued: dict[int, tuple[int, float]] = {}  # tries and moment of the last time, of what is open

    @rule(chat_id=st.integers(1, 3), means_something=st.booleans(), skipped=st.integers(0, 2))
    def somebody_writes(self, chat_id: int, means_something: bool, skipped: int) -> None:
        self.next_id += 1 + skipped
        self.at_telegram[self.next_id] = said(self.next_id, chat_id) if means_something else None

    @rule(limit=st.integers(1, 4))
    def poll(self, limit: int) -> None:
        offset = self.inbox.offset
        for number in [number for number in self.at_telegram if number < offset]:
            assert number in self.answered or self.at_telegram[number] is None, "confirmed without an answer"
            del self.at_telegram[number]
        self.inbox.confirmed(offset)
        for number, message in sorted(self.at_telegram.items())[:limit]:
            if self.inbox.arrive(number, message) and message is not None:
                assert number not in self.open
                self.open[number] = message

    @rule(sent=st.integers(0, 3))
    def enqueue(self, sent: int) -> None:
        due = self.inbox.due(now=self.now)
        for message in due[:sent]:
            self._takes(message)
        for message in due[sent:]:
            self.inbox.not_sent(message)

    def _takes(self, message: Say) -> None:
        number = message.update_id
        first_of_chat = min(other for other, said in self.open.items() if said.chat_id == message.chat_id)
        assert number == first_of_chat, "the order of a chat"
        tries, since = self.enqueued.get(number, (-1, self.now - REPEAT_AFTER_SECONDS))
        assert message == replace(self.open[number], tries=tries + 1), "how often it was enqueued before"
        assert self.now - since >= REPEAT_AFTER_SECONDS, "repeated too early"
        self.enqueued[number] = (message.tries, self.now)

    @precondition(lambda self: self.enqueued)
    @rule(data=st.data())
    def a_worker_is_done(self, data: st.DataObject) -> None:
        self._done(data.draw(st.sampled_from(sorted(self.enqueued))))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def another_bots_worker_is_done(self, data: st.DataObject) -> None:
        self._done(data.draw(st.sampled_from(sorted(self.open))))

    @rule(number=st.integers(0, 1100))
    def an_old_acknowledgement_comes(self, number: int) -> None:
        if number not in self.open:
            self.inbox.done(number)

    def _done(self, number: int) -> None:
        self.inbox.done(number)
        self.answered.add(number)
        del self.open[number]
        self.enqueued.pop(number, None)

    @rule(seconds=st.sampled_from([0.1, 7, 15]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: not self.open)
    @rule(back=st.integers(1, 1000))
    def a_quiet_week(self, back: int) -> None:
        self.poll(4)
        self.poll(4)
        if not self.at_telegram:
            self.answered.clear()
            self.next_id = max(0, self.next_id - back)

    @invariant()
    def no_undone_update_may_be_confirmed(self) -> None:
        assert not self.open or self.inbox.offset <= min(self.open)
        assert self.inbox.is_empty == (not self.open)

    def teardown(self) -> None:
        """Whatever happened, with a broker and workers that work everything is answered."""
        for _ in range(60):
            self.poll(4)
            self.now += REPEAT_AFTER_SECONDS
            self.enqueue(3)
            for number in list(self.enqueued):
                self._done(number)
        assert (self.at_telegram, self.open, self.inbox.is_empty) == ({}, {}, True)


TestPolling = _Polling.TestCase
TestPolling.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
