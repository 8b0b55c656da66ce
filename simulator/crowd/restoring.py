"""Restores a crowd when the simulator starts again: its people, and what the truth missed."""

import sqlite3
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from simulator.crowd import truth
from simulator.crowd.options import SEEN_ONCE
from simulator.crowd.people import Persona
from simulator.crowd.receipts import record_of
from simulator.crowd.truth import AnyRecord
from simulator.world import mailbox, payments

# How many people of a shop may come back; earlier ones do not.
PEOPLE_REMEMBERED = 500
# Messages about charges older than this are not searched for any more.
MESSAGES_WITHIN_SECONDS = 3600.0
MESSAGES_LOOKED_AT = 200
_Written: TypeAlias = (
    truth.Receipt | truth.Delivery | truth.OrderNotice | truth.RefundNotice | truth.Broadcast
)


@dataclass(frozen=True, slots=True)
class Past:
    records: list[AnyRecord]
    runs: int
    missed: list[AnyRecord]
    """What is in the database and was not written when the process was killed."""
    people: list[tuple[truth.Person, Persona]]
    """People who may come back, without bought accounts."""


def restore(db: sqlite3.Connection, folder: Path, bots: set[int]) -> Past:
    """Read the last files of the truth, and the database."""
    records = list(truth.read(folder, days=truth.REMEMBERED_DAYS))
    people = [each for each in records if isinstance(each, truth.Person) and each.bot in bots]
    return Past(
        records=records,
        runs=max((each.run for each in records if isinstance(each, truth.Run)), default=0),
        missed=_missed(db, records, {each.telegram_id for each in people}),
        people=[(each, _persona(each)) for each in _newest(people)],
    )


def _newest(people: list[truth.Person]) -> list[truth.Person]:
    newest: dict[int, deque[truth.Person]] = {}
    for person in people:
        if person.abuse not in SEEN_ONCE:
            newest.setdefault(person.bot, deque(maxlen=PEOPLE_REMEMBERED)).append(person)
    return [each for of_bot in newest.values() for each in of_bot]


def _persona(person: truth.Person) -> Persona:
    return Persona(
        role=person.role,
        abuse=person.abuse,
        first_name=person.first_name,
        last_name=None,
        username=person.username,
        language=person.language,
        premium=person.premium,
        source=person.source,
        telegram_id=person.telegram_id,
        home=person.home or None,
    )


def _missed(db: sqlite3.Connection, records: list[AnyRecord], people: set[int]) -> list[AnyRecord]:
    charged = {each.charge_id for each in records if isinstance(each, truth.Charge)}
    refunded = {each.charge_id for each in records if isinstance(each, truth.Refund)}
    since = min((each.at for each in records), default=0.0)
    missed: list[AnyRecord] = []
    recent = dict[int, int]()
    for charge in payments.charges(db):
        if charge.user not in people or charge.paid_at < since:
            continue
        ids = {"telegram_id": charge.user, "bot": charge.bot}
        if charge.id not in charged:
            missed.append(
                truth.Charge(
                    at=charge.paid_at,
                    charge_id=charge.id,
                    payload=charge.payload.decode(errors="replace"),
                    amount=charge.amount,
                    currency=charge.currency,
                    **ids,
                )
            )
        if charge.refunded_at is not None and charge.id not in refunded:
            missed.append(
                truth.Refund(
                    at=charge.refunded_at,
                    charge_id=charge.id,
                    amount=charge.amount,
                    currency=charge.currency,
                    **ids,
                )
            )
        if charge.paid_at > time.time() - MESSAGES_WITHIN_SECONDS:
            recent[charge.user] = charge.bot
    return missed + _missed_messages(db, records, recent)


def _missed_messages(
    db: sqlite3.Connection, records: list[AnyRecord], payers: dict[int, int]
) -> list[AnyRecord]:
    """Of orders, in the order in which they came."""
    seen = {(each.telegram_id, each.message_id) for each in records if isinstance(each, _Written)}
    found = (
        record_of(stored.message, stored.id, at=stored.message.date, telegram_id=person, bot=bot)
        for person, bot in payers.items()
        for stored in mailbox.history(db, person, bot, limit=MESSAGES_LOOKED_AT)
        if (person, stored.id) not in seen
    )
    # What Telegram says of refunds is in the books.
    written = [record for record in found if isinstance(record, _Written)]
    written.sort(key=lambda each: (each.at, each.message_id))
    return [*written]
