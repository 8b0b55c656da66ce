"""A bot's Stars at Telegram: refunding payments, and Telegram's list of transactions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class StarsRefused(Exception):
    """Telegram has refused; `code` is its error, like CHARGE_NOT_FOUND."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class StarMove:
    """A transaction in whole Stars, negative for outgoing ones.

    A refund has the charge id of its payment; `telegram_id` is the person's, None if there is none.
    """

    charge_id: str
    amount: int
    at: datetime
    is_refund: bool = False
    telegram_id: int | None = None


class StarsAccount(Protocol):
    """What a job may do with the Stars, outside of transactions."""

    async def give_back(self, telegram_id: int, charge_id: str) -> None:
        """Refunds a payment in full. Raises StarsRefused, or a temporary error."""

    async def moves(self, offset: str = "") -> tuple[list[StarMove], str]:
        """At most a hundred, the newest first, and the offset of the next ones; empty: no more."""
