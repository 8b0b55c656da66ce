"""What the crowd has paid and received, kept beside the truth for a quick audit."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

from simulator.crowd import truth
from simulator.crowd.latency import Quantiles
from simulator.crowd.totals import Totals
from simulator.crowd.truth import AnyRecord

PAYERS_KEPT = 50_000
_OfPayer: TypeAlias = truth.Charge | truth.WalletPayment | truth.Bill | truth.Receipt


class Payer(BaseModel):
    """What one person paid and received."""

    model_config = ConfigDict(extra="forbid")

    telegram_id: int
    bot: int
    charges: list[truth.Charge] = []
    from_wallet: list[str] = []
    """The payloads of orders that their wallet paid alone."""
    top_ups: list[str] = []
    """The payloads of charges that are no orders'."""
    receipts: list[truth.Receipt] = []

    @property
    def orders(self) -> int:
        """Orders paid; somebody who pays twice for one gets one receipt."""
        paid = {each.payload for each in self.charges}.difference(self.top_ups)
        return len(paid) + len(set(self.from_wallet))

    @property
    def numbers(self) -> int:
        """Numbers of the orders with a receipt."""
        return len({each.order_no for each in self.receipts})

    @property
    def missing(self) -> int:
        return max(0, self.orders - self.numbers)

    @property
    def doubled(self) -> int:
        return len(self.receipts) - self.numbers


class Audit(BaseModel):
    """The crowd's record, to be compared with what the product has booked and sent."""

    model_config = ConfigDict(extra="forbid")

    totals: Totals
    visiting: int
    """Visits in progress."""
    orders_paid: int
    """Of the newest PAYERS_KEPT payers, like the following fields."""
    receipts_missing: int
    receipts_doubled: int
    unanswered: int
    """Presses that the bot never answered, since the process began."""
    repeated: int
    gave_up: int
    milliseconds: dict[str, Quantiles]
    """Since the process began: `start` and `screen` from an action to what it leads to, `press` to
    the answer of a button, `pay` and `receipt` from Pay to the charge and from there to the
    receipt, `pre_checkout` from Telegram's query to the bot's answer, or to the end of the wait."""
    payers: list[Payer] | None = None


@dataclass(slots=True)
class Ledger:
    totals: Totals = field(default_factory=Totals)
    payers: OrderedDict[int, Payer] = field(default_factory=OrderedDict)
    unanswered: int = 0
    repeated: int = 0
    gave_up: int = 0

    def count(self, record: AnyRecord) -> None:
        self.totals.count(record)
        if isinstance(record, truth.Charge):
            self._payer(record).charges.append(record)
        elif isinstance(record, truth.WalletPayment):
            self._payer(record).from_wallet.append(record.payload)
        elif isinstance(record, truth.Bill) and record.is_top_up:
            self._payer(record).top_ups.append(record.payload)
        elif isinstance(record, truth.Receipt):
            self._payer(record).receipts.append(record)
        elif isinstance(record, truth.Visit):
            self.unanswered += record.unanswered
            self.repeated += record.repeated
            self.gave_up += record.outcome == "gave_up"

    def _payer(self, record: _OfPayer) -> Payer:
        payer = self.payers.get(record.telegram_id)
        if payer is None:
            payer = Payer(telegram_id=record.telegram_id, bot=record.bot)
            self.payers[record.telegram_id] = payer
            if len(self.payers) > PAYERS_KEPT:
                self.payers.popitem(last=False)
        return payer

    def audit(self, **more: Any) -> Audit:
        payers = self.payers.values()
        return Audit(
            totals=self.totals.model_copy(deep=True),
            orders_paid=sum(each.orders for each in payers),
            receipts_missing=sum(each.missing for each in payers),
            receipts_doubled=sum(each.doubled for each in payers),
            unanswered=self.unanswered,
            repeated=self.repeated,
            gave_up=self.gave_up,
            **more,
        )
