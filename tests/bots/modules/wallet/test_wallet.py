"""What a shopper does with a wallet: tops it up, pays with it, has money back in it."""

from typing import Any

import pytest

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.points import (
    CustomerRow,
    MenuEntry,
    NeedsYou,
    OrderAction,
    PaymentMethod,
    Reward,
    RewardWay,
)
from bots.sdk.replies import AnswerButton, SendInvoice, SendText
from bots.sdk.transaction import Transaction
from core.events import ORDER_PAID
from core.money import Money
from core.postgres import Connection
from core.shop import customers, order_refunds, orders, shops, wallets
from core.shop.customers import Customer
from core.shop.order_refunds import RefundDraft
from core.shop.wallets import EntryDraft
from tests.bots.counter import counter
from tests.bots.paying import Paid, till
from tests.bots.purse import purse
from tests.bots.shopper import Seen, Shopper, enabled_modules, events, outgoing
from tests.factories import create_origin, create_shop

PRICE = 50_000  # 500 roubles
SETTINGS: dict[str, Any] = {"currencies": ["RUB"]}


class Purses(Paid):
    """A bot with wallets and other ways to pay."""

    @classmethod
    async def begin(cls, connection: Connection, *ways: EnabledModule, **settings: Any) -> "Purses":
        own = enabled_modules(wallet=SETTINGS | settings)
        enabled = [*own, *(ways or (purse(currency="RUB"),)), till(), counter()]
        return cls(connection, await create_origin(connection), enabled)

    async def buyer(self, shopper: Shopper) -> Customer:
        return await customers.touch(self.connection, self.origin.shop_id, shopper.profile)

    async def give(self, shopper: Shopper, minor: int) -> None:
        """The shop gives them so much."""
        buyer = await self.buyer(shopper)
        async with self.transaction() as transaction:
            draft = EntryDraft(
                buyer_no=buyer.buyer_no,
                kind="reward" if minor > 0 else "payout",
                amount=Money(minor, "RUB"),
                key=f"given:{minor}",
                at=transaction.now,
                reason="For the delay",
            )
            await wallets.post(self.connection, transaction.origin, buyer.actor, draft)

    async def balance(self, shopper: Shopper) -> tuple[int, int]:
        """What is in it, and what of it is on hold."""
        buyer = await self.buyer(shopper)
        found = await wallets.of_buyer(self.connection, self.origin.shop_id, buyer.buyer_no)
        return (found[0].balance_minor, found[0].held_minor) if found else (0, 0)

    async def bought(self, shopper: Shopper) -> tuple[int, Seen]:
        """An order of 500 roubles, and what is shown to whoever pays it."""
        product = await self.product(price_minor=PRICE)
        order = await self.order(shopper, product)
        return order.id, await self.asked(shopper, order)

    async def offered(self, point: type[Any], about: object, shopper: Shopper) -> list[Any]:
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(self.connection, self.origin, shop, enabled=self.enabled)
            item = next(each for each in self.enabled if each.key == "wallet")
            scope: Scope[Any] = Scope(transaction, item, await self.buyer(shopper))
            return [each for each in await scope.offered(point, about) if each.module == "wallet"]


def bill_in(seen: Seen) -> SendInvoice:
    return seen.only(SendInvoice).model_copy(update={"on_sent": ()})


async def texts_sent(connection: Connection, purpose: str) -> list[str]:
    return [
        each.text.plain
        for _, why, each in await outgoing(connection)
        if why == purpose and isinstance(each, SendText)
    ]


async def test_it_is_topped_up_by_whatever_takes_money(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper()
    assert "wallet_top_up" in (await shopper.command("wallet")).buttons
    assert "wallet_sum:RUB.1000" in (await shopper.press("wallet_top_up")).buttons
    bill = bill_in(await shopper.press("wallet_sum:RUB.1000"))
    assert bill.price == Money(100_000, "RUB")
    await shopper.check_out(bill)
    await shopper.pay(bill)
    assert await shop.balance(shopper) == (100_000, 0)
    assert await texts_sent(connection, "wallet_entry") == [
        "Your wallet was topped up by 1,000 ₽. There is 1,000 ₽ in it now."
    ]
    told = await events(connection)
    assert {"payment_succeeded", "wallet_entry_posted"} <= {*told}
    assert not {"order_created", "order_paid", "order_line"} & {*told}
    (entry,) = await shop.offered(MenuEntry, None, shopper)
    assert entry.label == "👛 Wallet: 1,000 ₽"
    history = await shopper.press("wallet_history:0")
    assert "+1,000 ₽, top-up" in history.screen.text.plain


async def test_another_sum_is_written_and_one_that_does_not_fit_is_asked_again(
    connection: Connection,
) -> None:
    shop = await Purses.begin(connection, least=200, most=700)
    shopper = shop.shopper()
    await shopper.press("wallet_other:RUB")
    for wrong in ("199", "701", "much", "500.5", "-300"):
        assert not [
            each for each in (await shopper.write(wrong)).replies if isinstance(each, SendInvoice)
        ]
    assert bill_in(await shopper.write("3 33")).price == Money(33_300, "RUB")


async def test_with_several_methods_the_shopper_chooses(connection: Connection) -> None:
    shop = await Purses.begin(
        connection, purse(currency="RUB"), purse("other", currency="RUB", most=60_000)
    )
    shopper = shop.shopper()
    buttons = (await shopper.press("wallet_sum:RUB.500")).buttons
    assert {"wallet_by:RUB.500.purse", "wallet_by:RUB.500.other"} <= {*buttons}
    assert bill_in(await shopper.press("wallet_by:RUB.500.other")).payload.startswith("other:")
    # Too much for the other one, which is no button any more: the question again.
    assert "wallet_sum:RUB.1000" in (await shopper.press("wallet_by:RUB.1000.other")).buttons


@pytest.mark.parametrize("data", ["RUB.0", "RUB.999999999", "USD.500", "XTR.500", "RUB.x", "…", ""])
@pytest.mark.parametrize("action", ["wallet_sum", "wallet_by"])
async def test_a_forged_sum_is_none(connection: Connection, action: str, data: str) -> None:
    shop = await Purses.begin(connection)
    argument = f"{data}.purse" if action == "wallet_by" else data
    seen = await shop.shopper().press(f"{action}:{argument}")
    assert "wallet_sum:RUB.500" in seen.buttons
    assert not await connection.fetchval("SELECT count(*) FROM orders")


async def test_an_order_is_paid_whole_from_it(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper()
    await shop.give(shopper, PRICE + 100)
    order_id, seen = await shop.bought(shopper)
    assert "Paid from the wallet: 500 ₽" in seen.screen.text.plain
    order = await orders.get(connection, order_id)
    assert (order.status, order.wallet_minor) == ("paid", PRICE)
    assert await shop.balance(shopper) == (100, 0)
    assert await shop.payments() == [("wallet", "succeeded", PRICE, "RUB")]
    assert ORDER_PAID.name in await events(connection)
    await shopper.press(f"till:{order_id}")  # pressed twice
    assert await shop.balance(shopper) == (100, 0)


async def test_a_part_is_paid_from_it_and_the_rest_in_another_way(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper()
    await shop.give(shopper, 20_000)
    order_id, seen = await shop.bought(shopper)
    assert "How do you want to pay the other 300 ₽?" in seen.screen.text.plain
    assert await shop.balance(shopper) == (20_000, 0)
    bill = bill_in(await shopper.press(f"wallet_rest:{order_id}.purse"))
    assert bill.price == Money(30_000, "RUB")
    assert await shop.balance(shopper) == (20_000, 20_000)
    again = bill_in(await shopper.press(f"wallet_rest:{order_id}.purse"))
    assert (again.price, again.payload) == (bill.price, bill.payload)
    await shopper.check_out(bill)
    await shopper.pay(bill)
    assert await shop.balance(shopper) == (0, 0)
    assert sorted(await shop.payments()) == [
        ("purse", "succeeded", 30_000, "RUB"),
        ("wallet", "succeeded", 20_000, "RUB"),
    ]
    closed = await shopper.press(f"wallet_rest:{order_id}.purse")
    assert closed.only(AnswerButton).alert


async def test_a_method_has_to_take_the_rest_not_the_whole(connection: Connection) -> None:
    ways = purse(currency="RUB", most=40_000), purse("large", currency="RUB", least=40_000)
    shop = await Purses.begin(connection, *ways)
    shopper = shop.shopper()
    await shop.give(shopper, 20_000)
    product = await shop.product(price_minor=PRICE)
    order = await shop.order(shopper, product)
    seen = await shopper.press(f"wallet_rest:{order.id}.large")
    assert [each for each in seen.buttons if each.startswith("wallet_rest")] == [
        f"wallet_rest:{order.id}.purse"
    ]
    assert bill_in(await shopper.press(f"wallet_rest:{order.id}.purse")).price == Money(
        30_000, "RUB"
    )


async def test_if_the_rest_cannot_be_paid_nothing_is_kept(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await Purses.begin(connection, purse(currency="RUB", keeps=True))
    shopper = shop.shopper()
    await shop.give(shopper, 20_000)
    order = await shop.order(shopper, await shop.product(price_minor=PRICE, stock=1))
    press = f"wallet_rest:{order.id}.purse"

    async def free_in(*_: object) -> Money:  # spent in another bot meanwhile
        return Money(30_000, "RUB")

    with monkeypatch.context() as patched:
        patched.setattr(wallets, "free_in", free_in)
        assert "no longer valid" in (await shopper.press(press)).only(SendText).text.plain
    await connection.execute("UPDATE products SET stock = 0")
    assert "sold out" in (await shopper.press(press)).only(SendText).text.plain
    assert await shop.balance(shopper) == (20_000, 0)
    assert (await shop.reread(order)).method == order.method


async def test_what_is_on_hold_pays_no_other_order(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper()
    await shop.give(shopper, 20_000)
    order_id, _ = await shop.bought(shopper)
    await shopper.press(f"wallet_rest:{order_id}.purse")
    assert not await shop.offered(PaymentMethod, Money(PRICE, "RUB"), shopper)
    await connection.execute("UPDATE orders SET expires_at = now() - interval '1 hour'")
    item = next(each for each in shop.enabled if each.key == "wallet")
    async with shop.transaction() as transaction:
        await item.module.jobs.tasks["release"].run(Scope(transaction, item))
    assert await shop.balance(shopper) == (20_000, 0)


async def test_without_parts_and_without_another_way_it_says_what_is_missing(
    connection: Connection,
) -> None:
    shop = await Purses.begin(connection, purse(currency="RUB", least=40_000))
    shopper = shop.shopper()
    await shop.give(shopper, 20_000)
    _, seen = await shop.bought(shopper)
    assert "300 ₽ too little" in seen.screen.text.plain
    assert "wallet_top_up:RUB" in seen.buttons
    assert await shop.balance(shopper) == (20_000, 0)
    whole = await Purses.begin(connection, pays_part=False)
    assert not await whole.offered(PaymentMethod, Money(PRICE, "RUB"), shopper)


async def test_a_stranger_can_pay_no_order_and_take_no_refund(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper, stranger = shop.shopper(), shop.shopper(2)
    for each in (shopper, stranger):
        await shop.give(each, 20_000 + each.profile.telegram_id)
    order_id, _ = await shop.bought(shopper)
    seen = await stranger.press(f"wallet_rest:{order_id}.purse")
    assert seen.only(AnswerButton).alert
    for argument in ("0", "x", "999999", "", "99999999999999999999"):
        assert (await stranger.press(f"wallet_refund:{argument}")).only(AnswerButton).alert


@pytest.mark.parametrize("settings", [{}, {"takes_refunds": False}])
async def test_unless_the_owner_wants_it_nobody_takes_a_refund_by_themselves(
    connection: Connection, settings: dict[str, Any]
) -> None:
    """The owner may have sent the money by hand, and not noted it yet."""
    shop = await Purses.begin(connection, **settings)
    shopper = shop.shopper()
    order_id, seen = await shop.bought(shopper)
    bill = bill_in(seen)
    await shopper.check_out(bill)
    await shopper.pay(bill)
    async with shop.transaction() as transaction:
        refund = await order_refunds.ask(
            connection, transaction.origin, "owner", order_id=order_id, draft=RefundDraft()
        )
    assert not await shop.offered(OrderAction, await orders.get(connection, order_id), shopper)
    assert (await shopper.press(f"wallet_refund:{refund.id}")).only(AnswerButton).alert
    assert await shop.balance(shopper) == (0, 0)


async def test_a_refund_that_was_decided_on_is_had_in_the_wallet(connection: Connection) -> None:
    shop = await Purses.begin(connection, takes_refunds=True)
    shopper = shop.shopper()
    order_id, seen = await shop.bought(shopper)
    bill = bill_in(seen)
    await shopper.check_out(bill)
    await shopper.pay(bill)
    async with shop.transaction() as transaction:
        refund = await order_refunds.ask(
            connection, transaction.origin, "owner", order_id=order_id, draft=RefundDraft()
        )
    order = await orders.get(connection, order_id)
    (action,) = await shop.offered(OrderAction, order, shopper)
    assert (action.label, action.argument) == ("👛 Have 500 ₽ in the wallet", refund.id)
    assert (await shop.shopper(2).press(f"wallet_refund:{refund.id}")).only(AnswerButton).alert
    assert "500 ₽" in (await shopper.press(f"wallet_refund:{refund.id}")).screen.text.plain
    assert (await shopper.press(f"wallet_refund:{refund.id}")).only(AnswerButton).alert
    assert await shop.balance(shopper) == (PRICE, 0)
    assert (await orders.get(connection, order_id)).status == "refunded"
    assert not await shop.offered(OrderAction, await orders.get(connection, order_id), shopper)


async def test_what_the_shop_gives_and_takes_is_told(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper(language="ru")
    await shop.give(shopper, 70_000)
    await shop.give(shopper, -20_000)
    assert await texts_sent(connection, "wallet_entry") == [
        "Магазин начислил вам 700 ₽. Теперь в кошельке 700 ₽.",
        "Из кошелька вам выдано 200 ₽. Теперь в нём 500 ₽.",
    ]
    assert "For the delay" in (await shopper.press("wallet_history:0")).screen.text.plain
    (row,) = await shop.offered(CustomerRow, await shop.buyer(shopper), shopper)
    assert row.value.en == "500 ₽"


async def test_a_shop_in_stars_is_told_to_name_a_currency(connection: Connection) -> None:
    enabled = [*enabled_modules(wallet={}), purse(), till(), counter()]
    stars = Purses(connection, await create_origin(connection), enabled)
    shopper = stars.shopper()
    assert not await stars.offered(MenuEntry, None, shopper)
    (needed,) = await stars.offered(NeedsYou, None, shopper)
    assert needed.kind == "wallet_without_currency"
    assert "wallet_sum" not in str((await shopper.press("wallet_top_up")).buttons)
    roubles = Purses(
        connection,
        await create_origin(connection, await create_shop(connection, currency="RUB")),
        enabled,
    )
    assert not await roubles.offered(NeedsYou, None, roubles.shopper())


async def test_a_reward_is_put_into_it_once(connection: Connection) -> None:
    shop = await Purses.begin(connection)
    shopper = shop.shopper()
    buyer = await shop.buyer(shopper)
    for _ in range(2):
        async with shop.transaction() as transaction:
            item = next(each for each in shop.enabled if each.key == "wallet")
            scope: Scope[Any] = Scope(transaction, item, buyer)
            reward = Reward(amount=Money(700, "RUB"), key="referral:1", reason="Thank you!")
            assert not await scope.offered(RewardWay, Money(700, "XTR"))
            (way,) = await scope.offered(RewardWay, reward.amount)
            await way.give(scope.of(way), reward)
    assert await shop.balance(shopper) == (700, 0)
    assert "+7 ₽" in (await shopper.press("wallet_history:0")).screen.text.plain
