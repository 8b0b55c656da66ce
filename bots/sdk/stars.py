"""A bot's Stars at Telegram: giving payments back, and Telegram's list of what came and went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class StarsRefused(Exception):
    """Telegram has refused; `code` is its error's, like CHARGE_NOT_FOUND."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class StarMove:
    """What came in or, below 0, went out, in whole Stars. A refund has the charge's id of the
    payment that it gives back; `telegram_id` is the person's, None where it is nobody's."""

    charge_id: str
    amount: int
    at: datetime
    is_refund: bool = False
    telegram_id: int | None = None


class StarsAccount(Protocol):
    """What a job may do with them, outside of transactions."""

    async def give_back(self, telegram_id: int, charge_id: str) -> None:
        """Gives a payment back, whole. Raises StarsRefused, or what is worth another try."""

    async def moves(self, offset: str = "") -> tuple[list[StarMove], str]:
        """At most a hundred, the newest first, and where the next ones begin; empty: no more."""
