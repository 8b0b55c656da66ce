"""Wallets with a shop: topped up, and paid from, whole or in part."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from simulator.crowd.phone import HOME, ORDER, ORDER_NUMBER, ORDERS, Button, of, receipt_number
from simulator.crowd.receipts import amount_of, rows_of
from simulator.crowd.visit import GaveUp, Purse, TurnedDown, Visit

WALLET, TOP_UP, SUM, BY = "wallet", "wallet_top_up", "wallet_sum", "wallet_by"
REST = "wallet_rest"
# A button that pays ends with its method; these send Telegram's bill.
_FROM_WALLET, BY_BILL = ".wallet", (".stars", ".telegram")

Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Paid:
    """The wallet paid all of an order, after this moment."""

    at: float


def by_bill(buttons: list[Button]) -> list[Button]:
    """Those that lead to Telegram's bill, which alone people can pay; all if none does."""
    return [each for each in buttons if each.argument.endswith(BY_BILL)] or buttons


async def top_up(visit: Visit, menu: list[Button]) -> list[Button]:
    """Some people put money into their wallet, once; the menu afterwards. Raises GaveUp,
    RpcError."""
    shopper, phone = visit.shopper, visit.phone
    if not of(menu, WALLET) or shopper.purse is not None:
        return menu
    if visit.random.random() >= visit.options.top_up_share:
        return menu
    shown = await visit.press(of(menu, WALLET), "wallet", lambda now: phone.screen(now, TOP_UP))
    sums = await visit.press(of(shown, TOP_UP), "sums", lambda now: phone.screen(now, SUM))
    chosen = visit.random.choice(of(sums, SUM))
    bill = await _bill_for(visit, chosen)
    invoice = visit.take_bill(bill, is_top_up=True)
    await visit.think()
    before = phone.clock
    await visit.pay(bill)
    told = await visit.until("word of the wallet", lambda: phone.screen(before, WALLET))
    # The button has the sum in main units: `RUB.500`.
    units = invoice.amount // int(chosen.argument.partition(".")[2])
    shopper.purse = Purse(invoice.currency, units)
    visit.tell("top_up", chosen.argument)
    wallet = await visit.press(of(told, WALLET), "wallet", lambda now: phone.screen(now, HOME))
    return await visit.press(of(wallet, HOME), "menu", lambda now: phone.screen(now, "catalogue"))


async def _bill_for(visit: Visit, chosen: Button) -> int:
    phone = visit.phone

    def asked(since: int) -> int | list[Button] | None:
        return phone.bill(since) or phone.screen(since, BY)

    step: int | list[Button] = await visit.press([chosen], "bill", asked)
    if isinstance(step, int):
        return step
    return await visit.press(by_bill(of(step, BY)), "bill", phone.bill)


def wants(visit: Visit, ways: list[Button]) -> list[Button]:
    """The button that pays from the wallet, if the person chooses it among the ways to pay."""
    purse = [each for each in ways if each.argument.endswith(_FROM_WALLET)]
    if not purse or visit.shopper.purse is None:
        return []
    return purse if visit.random.random() < visit.options.wallet_share else []


def others(ways: list[Button]) -> list[Button]:
    """The ways to pay besides the wallet."""
    return by_bill([each for each in ways if not each.argument.endswith(_FROM_WALLET)] or ways)


async def pay(
    visit: Visit, buttons: list[Button], instead: Callable[[int], Step | None]
) -> Paid | list[Button] | Step:
    """Pay with it: `Paid`, or the question how the rest is paid; or what comes in place of both, as
    `instead` finds it. Raises GaveUp, TurnedDown."""
    phone, at, receipts = visit.phone, time.time(), visit.phone.receipts

    def paid() -> Paid | None:
        return Paid(at) if phone.receipts > receipts else None

    def shown(since: int) -> Paid | list[Button] | Step | None:
        return paid() or phone.screen(since, REST) or instead(since)

    try:
        return await visit.press(buttons, "payment", shown)
    except TurnedDown:  # or it is a second press that was, of what the first one has paid
        await visit.wait(visit.options.press_again_seconds, paid)
        if (found := paid()) is None:
            raise
        return found


async def ask_rest(visit: Visit, screen: list[Button]) -> int:
    """Have the rest billed; the bill's message. Raises GaveUp."""
    phone = visit.phone
    visit.from_wallet = _minor(visit, phone.amount(0, REST))
    bill = await visit.press(by_bill(of(screen, REST)), "bill for the rest", phone.bill)
    visit.tell("wallet", "part")
    return bill


def _minor(visit: Visit, written: str | None) -> int:
    amount = amount_of(written or "")
    if amount is None or visit.shopper.purse is None:
        raise GaveUp("no word of how much the wallet pays")
    return int(amount * visit.shopper.purse.units)


async def note(visit: Visit, paid: Paid, *, is_cart: bool) -> None:
    """Record what was paid: it is known by its receipt, and in the list of orders. Raises
    GaveUp."""
    phone, purse, receipt = visit.phone, visit.shopper.purse, visit.phone.receipt
    assert purse is not None and receipt is not None  # it was paid, and there is no other sign
    number, (_, _, total) = receipt_number(receipt), rows_of(receipt.message)
    if total is None:
        raise GaveUp("no word of how much the wallet has paid")

    def listed(since: int) -> Button | None:
        """Not what another message about an order leads to."""
        for each in phone.everything(since):
            found = ORDER_NUMBER.search(each.label)
            if each.action == ORDER and found is not None and int(found[1]) == number:
                return each
        return None

    ways = of(phone.screen(0, ORDERS) or (), ORDERS)
    order = await visit.press(ways[:1], "the order that the wallet has paid", listed)
    visit.note_wallet(paid.at, order.argument, int(total * purse.units), is_cart=is_cart)
    visit.tell("wallet", "whole")
