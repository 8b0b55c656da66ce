"""What a client missed, from whatever point it asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pyrogram.raw import types

from simulator import journal
from simulator.journal import Journal
from simulator.world import accounts, blocks, difference, mailbox
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from simulator.world.world import World
from tests.properties import examples


class Pair:
    """A bot and a person in a world of their own."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.change() as change:
            self.bot = accounts.put_bot(change.db, 7_000_000_001, "token", "Shop", "shop_bot")
            self.person = accounts.add_person(change.db, first_name="Anna")

    def say(self, sender: Account, text: str) -> int:
        recipient = self.person if sender is self.bot else self.bot
        with self.world.change() as change:
            return mailbox.send(change, sender, recipient, Content(text)).message_id

    def act(self, what: str, number: int) -> None:
        if what == "person writes":
            self.say(self.person, f"text {number}")
            return
        message_id = self.say(self.bot, f"text {number}")
        with self.world.change() as change:
            if what == "bot edits":
                mailbox.edit(change, self.bot, message_id, Content(f"edited {number}"))
            elif what == "bot deletes":
                mailbox.delete(change, self.bot, [message_id], both_sides=True)
            elif what == "person blocks":
                blocks.put(change, self.person, self.bot, stopped=True)
                blocks.put(change, self.person, self.bot, stopped=False)


@pytest.fixture(name="pair")
def bot_and_person(tmp_path: Path) -> Iterator[Pair]:
    kept = Journal(tmp_path)
    yield Pair(World(kept))
    kept.close()


def collect(world: World, account_id: int, pts: int) -> tuple[list[int], list[str], int]:
    """New messages and other updates after pts, fetched slice by slice, and the pts reached."""
    new: list[int] = []
    others: list[str] = []
    while True:
        part = difference.difference(world, account_id, pts, 0)
        if isinstance(part, types.updates.DifferenceEmpty):
            return new, others, pts
        assert isinstance(part, (types.updates.Difference, types.updates.DifferenceSlice))
        new += [each.id for each in part.new_messages]
        others += [type(each).__name__ for each in part.other_updates]
        if isinstance(part, types.updates.Difference):
            return new, others, part.state.pts
        pts = part.intermediate_state.pts


actions = st.lists(
    st.sampled_from(["person writes", "bot edits", "bot deletes", "person blocks", "bot writes"]),
    max_size=12,
)


@examples(30, allow=[HealthCheck.function_scoped_fixture])
@given(actions, st.integers(min_value=1, max_value=5))
def test_every_update_comes_once_in_slices_of_any_size(
    pair: Pair, done: list[str], size: int
) -> None:
    world = pair.world
    for account in (pair.bot, pair.person):
        began = difference.state(world, account.id).pts
        for number, what in enumerate(done):
            pair.act(what, number)
        whole = collect(world, account.id, began)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(difference, "SLICE_UPDATES", size)
            sliced = collect(world, account.id, began)
        assert sliced == whole
        assert whole[2] == difference.state(world, account.id).pts


def test_nothing_new_is_an_empty_difference(pair: Pair) -> None:
    pair.say(pair.person, "hello")
    pts = difference.state(pair.world, pair.bot.id).pts
    found = difference.difference(pair.world, pair.bot.id, pts, 0)
    assert isinstance(found, types.updates.DifferenceEmpty)


def test_a_client_away_for_too_long_is_told_so(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    before = difference.state(pair.world, pair.bot.id).pts
    for number in range(6):
        pair.say(pair.person, f"text {number}")
    monkeypatch.setattr(journal, "KEPT", {"updates": 4, "messages": 4, "sent": 4})
    assert pair.world.journal.prune() == 8 + 8
    now = difference.state(pair.world, pair.bot.id)
    missed = difference.difference(pair.world, pair.bot.id, before, 0)
    assert isinstance(missed, types.updates.DifferenceTooLong)
    assert missed.pts == now.pts
    recent = difference.difference(pair.world, pair.bot.id, now.pts - 2, 0)
    assert isinstance(recent, types.updates.Difference)
    texts = [each.message for each in recent.new_messages if isinstance(each, types.Message)]
    assert texts == ["text 4", "text 5"]


def test_a_change_that_fails_leaves_nothing(pair: Pair) -> None:
    state = difference.state(pair.world, pair.person.id).pts
    with pytest.raises(RuntimeError), pair.world.change() as change:
        mailbox.send(change, pair.bot, pair.person, Content("never"))
        raise RuntimeError("in the middle")
    assert difference.state(pair.world, pair.person.id).pts == state
    assert mailbox.history(pair.world.db, pair.person.id, pair.bot.id, limit=5) == []
