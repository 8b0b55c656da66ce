"""What a rule of the fraud filter is. The rules: `core.fraud_rules`."""

from dataclasses import dataclass
from typing import Literal

from core.events import Bilingual

AbuseType = Literal["traffic", "promo", "stock", "payment", "refund", "goods", "flood", "scrape"]
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """One signal. Its strength x is 0 up to `start`, 1 from `threshold` on, and linear in between.

    `row` is that of docs/fraud.md. `start` is a share of the threshold, so it moves with it.
    """

    key: str
    abuse: AbuseType
    row: int
    weight: float
    threshold: float
    window_seconds: int
    title: Bilingual
    start: float = 0.5
    is_shadow: bool = False
    version: int = 1

    @property
    def is_share(self) -> bool:
        """Whether it measures a share of one."""
        return self.threshold < 1


def rule_of(  # pylint: disable=too-many-arguments  # the columns of a table
    key: str,
    abuse: AbuseType,
    row: int,
    weight: float,
    threshold: float,
    window_seconds: int,
    ru: str,
    en: str,
    *,
    start: float = 0.5,
    is_shadow: bool = False,
    version: int = 1,
) -> Rule:
    title = Bilingual(ru, en)
    return Rule(
        key, abuse, row, weight, threshold, window_seconds, title, start, is_shadow, version
    )
