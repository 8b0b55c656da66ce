"""Our payments in Stars beside Telegram's list of them: what the one has and the other has not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bots.sdk.stars import StarMove

Kind = Literal[
    "not_booked", "not_at_telegram", "amount", "refund_not_booked", "refund_not_at_telegram"
]


@dataclass(frozen=True, slots=True)
class Booked:
    """A payment as we have it, in whole Stars; one that no module has booked yet counts, too."""

    charge_id: str
    amount_minor: int
    is_refunded: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one charge: what we have and what Telegram has, in whole Stars; None: nothing."""

    kind: Kind
    charge_id: str
    ours_minor: int | None
    theirs_minor: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """The period of the comparison.

    Telegram's list was read from `read_from` on; of it, what happened since the bot is ours
    (`ours_from`) counts. Of our payments, those since `booked_from` count: a payment that was
    booked late is earlier in Telegram's list. Transactions younger than `until` may not be reported
    yet.
    """

    ours_from: datetime
    booked_from: datetime
    until: datetime


def compare(moves: Sequence[StarMove], booked: Sequence[Booked], span: Span) -> list[Difference]:
    """The differences, by charge. Of Telegram's list, only what people paid and got back counts."""
    paid = {
        move.charge_id: move
        for move in moves
        if move.telegram_id is not None and not move.is_refund and move.amount > 0
    }
    given_back = {
        move.charge_id: move
        for move in moves
        if move.telegram_id is not None and move.is_refund and move.amount < 0
    }
    ours = {each.charge_id: each for each in booked}
    found = [
        *_of_payments(paid, ours, span),
        *_of_ours(paid, given_back, ours, span),
        *_of_refunds(given_back, ours, span),
    ]
    return sorted(found, key=lambda each: (each.charge_id, each.kind))


def _of_payments(
    paid: Mapping[str, StarMove], ours: Mapping[str, Booked], span: Span
) -> Iterator[Difference]:
    for charge_id, move in paid.items():
        own = ours.get(charge_id)
        if own is not None and own.amount_minor != move.amount:
            yield Difference("amount", charge_id, own.amount_minor, move.amount, move.at)
        elif own is None and span.ours_from <= move.at < span.until:
            yield Difference("not_booked", charge_id, None, move.amount, move.at)


def _of_ours(
    paid: Mapping[str, StarMove],
    given_back: Mapping[str, StarMove],
    ours: Mapping[str, Booked],
    span: Span,
) -> Iterator[Difference]:
    for charge_id, own in ours.items():
        if charge_id not in paid and span.booked_from <= own.at < span.until:
            yield Difference("not_at_telegram", charge_id, own.amount_minor, None, own.at)
        elif charge_id in paid and own.is_refunded and charge_id not in given_back:
            yield Difference("refund_not_at_telegram", charge_id, own.amount_minor, None, own.at)


def _of_refunds(
    given_back: Mapping[str, StarMove], ours: Mapping[str, Booked], span: Span
) -> Iterator[Difference]:
    for charge_id, move in given_back.items():
        own = ours.get(charge_id)
        if own is not None and not own.is_refunded and move.at < span.until:
            yield Difference("refund_not_booked", charge_id, None, -move.amount, move.at)
