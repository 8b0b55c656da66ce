"""What a truth lacks after its process was killed, by the simulator's database."""

import time
from pathlib import Path

from simulator.crowd import truth
from simulator.crowd.options import Role
from simulator.crowd.restoring import restore
from simulator.crowd.truth import Truth
from simulator.journal import Journal
from simulator.world import accounts, mailbox, payments
from simulator.world.mailbox import Content
from simulator.world.world import World

PAID = 5
"""Orders."""


def test_messages_are_restored_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    world = World(journal)
    with world.change() as change:
        bot = accounts.put_bot(change.db, 7_000_000_001, "token", "Shop", "shop_bot")
        person = accounts.add_person(change.db, first_name="Anna")
    writer = Truth(tmp_path / truth.FOLDER)
    writer.write(
        truth.Person(
            at=time.time() - 60,
            telegram_id=person.id,
            bot=bot.id,
            role=Role.BUYER,
            abuse=None,
            source="",
            first_name="Anna",
            language=None,
            premium=False,
            username=None,
            slot=None,
            home=71,
        )
    )
    writer.close()
    with world.change() as change:
        change.db.execute(
            f"INSERT INTO charges ({payments.CHARGE_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            ("c1", bot.id, person.id, 1, 25, "XTR", b"order:1", time.time()),
        )
        for number in range(1, PAID + 1):
            mailbox.send(change, bot, person, Content(f"Order No. {number} is paid"))
        payments.refund(world, change, bot, person.id, "c1")

    past = restore(world.db, writer.folder, {bot.id})
    journal.close()
    assert [persona.home for _, persona in past.people] == [71]
    receipts = [each.order_no for each in past.missed if isinstance(each, truth.Receipt)]
    assert receipts == [*range(1, PAID + 1)]
    # Telegram's message of the refund is in the box, and the refund in the books: it is one.
    others = [each for each in past.missed if not isinstance(each, truth.Receipt)]
    assert [each.kind for each in others] == ["charge", "refund"]
