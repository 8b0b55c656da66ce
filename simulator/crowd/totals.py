"""How much of each kind a truth records."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from simulator.crowd import truth
from simulator.crowd.truth import AnyRecord


class Totals(BaseModel):
    """The totals of a truth."""

    model_config = ConfigDict(extra="forbid")

    people: dict[str, int] = {}
    """By role; abusers by kind."""
    starts: int = 0
    visits: int = 0
    presses: int = 0
    blocks: int = 0
    deeds: dict[str, int] = {}
    """By what was done."""
    bills: int = 0
    charges: int = 0
    paid: int = 0
    """Minor units of every currency added up: to be compared with the same sum only."""
    refunds: int = 0
    """Of Stars."""
    refunded: int = 0
    """Stars."""
    wallet_payments: int = 0
    receipts: int = 0
    deliveries: int = 0

    def count(self, record: AnyRecord) -> None:
        match record:
            case truth.Person():
                label = record.abuse or record.role
                self.people[label] = self.people.get(label, 0) + 1
            case truth.Start():
                self.starts += 1
            case truth.Visit():
                self.visits += 1
                self.presses += record.pressed
            case truth.Block():
                self.blocks += record.stopped
            case truth.Deed():
                self.deeds[record.what] = self.deeds.get(record.what, 0) + 1
            case truth.Bill():
                self.bills += 1
            case truth.Charge():
                self.charges += 1
                self.paid += record.amount
            case truth.Refund():
                self.refunds += 1
                self.refunded += record.amount
            case truth.Receipt():
                self.receipts += 1
            case truth.Delivery():
                self.deliveries += 1
            case truth.WalletPayment():
                self.wallet_payments += 1
            case truth.Run() | truth.OrderNotice() | truth.RefundNotice() | truth.Broadcast():
                pass


def totals_of(records: Iterable[AnyRecord]) -> Totals:
    counted = Totals()
    for record in records:
        counted.count(record)
    return counted
