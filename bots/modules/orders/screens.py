"""What a shopper reads of an order: the receipt, its page, their list."""

from collections.abc import Sequence
from typing import Any

from bots.modules.orders.settings import OrdersSettings
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard, link
from bots.sdk.points import BELOW, Fulfilment, Home, OrderAction, OrderQuestion
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.money import Money
from core.shop import fulfilment
from core.shop.orders import Order, OrderAdjustment, OrderLine

OrdersScope = Scope[OrdersSettings]
PAGE = 6
_ADJUSTMENTS = {
    "promo": "adjustment_promo",
    "referral": "adjustment_referral",
    "loyalty": "adjustment_loyalty",
    "shipping": "adjustment_shipping",
    "tax": "adjustment_tax",
    "tip": "adjustment_tip",
}
_STATUSES = {
    "created": "status_created",
    "held": "status_held",
    "cancelled": "status_cancelled",
    "expired": "status_expired",
    "refunded": "status_refunded",
}
_STAGES = {
    "new": "stage_new",
    "processing": "stage_processing",
    "shipped": "stage_shipped",
    "delivered": "stage_delivered",
}
TITLE_CHARACTERS = 60


def line_of(texts: Texts, line: OrderLine, currency: str) -> str:
    """A line of the bill, with its price before discounts."""
    price = Money(line.unit_price_minor * line.quantity, currency)
    if line.quantity == 1:
        return texts.label("line_one", title=line.name, price=price)
    return texts.label("line_many", title=line.name, quantity=line.quantity, price=price)


def adjustment_of(texts: Texts, adjustment: OrderAdjustment, currency: str) -> str:
    """What was taken off or added, below the goods."""
    label = adjustment.label or texts.get(_ADJUSTMENTS[adjustment.kind]).plain
    if adjustment.is_included:
        amount = Money(adjustment.amount_minor, currency)
        return texts.label("included", label=label, amount=amount)
    if not adjustment.amount_minor:
        return texts.label("free", label=label)
    amount = Money(adjustment.amount_minor, currency)
    return texts.label("adjustment", label=label, amount=amount)


def bill_of(texts: Texts, order: Order) -> Text:
    """The lines, discounts and additions, and the total; for a plain order only the lines, whose
    prices are the total."""
    is_plain = not order.adjustments and len(order.lines) == 1
    lines = [
        (f"{line.name} × {line.quantity}" if line.quantity > 1 else line.name)
        if is_plain
        else line_of(texts, line, order.currency)
        for line in order.lines
    ]
    lines += [adjustment_of(texts, each, order.currency) for each in order.adjustments]
    body, total = "\n".join(lines), order.total
    if not order.wallet_minor:
        return texts.get("bill", lines=body, total=total)
    wallet = Money(order.wallet_minor, order.currency)
    return texts.get("bill_with_wallet", lines=body, total=total, wallet=wallet)


def state_of(texts: Texts, order: Order) -> str:
    """The state of the order in a word or two."""
    if order.status == "paid":
        if order.is_digital and order.stage == "delivered":
            return texts.label("stage_delivered_digital")
        return texts.get(_STAGES[order.stage]).plain
    return texts.get(_STATUSES[order.status]).plain


async def receipt(scope: OrdersScope, order: Order) -> tuple[Text, Keyboard | None]:
    """What a shopper gets for their money, with what they can do next."""
    texts = scope.texts
    text = paragraphs(
        texts.get("paid", number=order.order_no),
        bill_of(texts, order),
        texts.get("oversold") if order.attention == "oversold" else None,
        _what_comes(await scope.offered(Fulfilment, order)),
        texts.get("news") if scope.settings.tell_stages and not order.is_digital else None,
        scope.settings.thanks.get(texts.language) or texts.get("thanks"),
    )
    return text, await buttons(scope, order, on_page=False)


def _what_comes(fulfilments: Sequence[Fulfilment]) -> str:
    return "\n".join(dict.fromkeys(each.text for each in fulfilments if each.text))


async def page(scope: OrdersScope, order: Order) -> tuple[Text, Keyboard | None]:
    """An order as its shopper sees it."""
    texts = scope.texts
    parcels = [
        texts.label("parcel", carrier=parcel.carrier, number=parcel.tracking_number).strip(" :")
        for parcel in await fulfilment.parcels_of(scope.connection, order.id)
    ]
    refunded = Money(order.refunded_minor, order.currency)
    fulfilments = await scope.offered(Fulfilment, order)
    said = {each.detail for each in fulfilments if each.text}
    details = [f"{each.label}: {each.value}" for each in order.details if each.field not in said]
    text = paragraphs(
        texts.get("page", number=order.order_no, state=state_of(texts, order)),
        bill_of(texts, order),
        texts.get("refunded", amount=refunded) if order.refunded_minor else None,
        "\n".join(parcels),
        _what_comes(fulfilments),
        "\n".join(details),
    )
    return text, await buttons(scope, order, on_page=True)


async def buttons(scope: OrdersScope, order: Order, *, on_page: bool) -> Keyboard | None:
    """What can be done with an order: open what has come, what modules offer, ask, go back. What
    is not `on_page` is a receipt's."""
    texts = scope.texts
    rows: list[list[AnyButton]] = [
        [each.opens] for each in await scope.offered(Fulfilment, order) if each.opens is not None
    ]
    rows += [[each.button] for each in await scope.offered(OrderAction, order)]
    if on_page and order.status == "created":
        rows.append([button(texts.label("cancel"), "order_cancel", order.id)])
    questions = (await scope.offered(OrderQuestion, order))[:1]
    rows += [[each.button if on_page else each.below] for each in questions]
    if not questions and scope.shop.imprint.contact:
        asked = order.id if on_page else f"{order.id}.{BELOW}"
        rows.append([button(texts.label("ask"), "order_ask", asked)])
    rows.append([button(texts.label("entry"), "orders", 0 if on_page else BELOW)])
    homes = (await scope.offered(Home))[:1]
    rows += [[home.button if on_page else home.below] for home in homes]
    return keyboard(*rows)


async def question(scope: OrdersScope, order: Order) -> tuple[Text, Keyboard | None]:
    """How to ask about an order."""
    texts, imprint = scope.texts, scope.shop.imprint
    rows: list[list[AnyButton]] = []
    if imprint.link is not None:
        rows.append([link(texts.label("write"), imprint.link)])
    rows.append([button(texts.label("to_order"), "order", order.id)])
    text = texts.get("how_to_ask", number=order.order_no, contact=imprint.contact)
    return text, keyboard(*rows)


def order_button(texts: Texts, order: Order) -> AnyButton:
    """A line of a shopper's list."""
    label = texts.label(
        "list_line", number=order.order_no, total=order.total, state=state_of(texts, order)
    )
    return button(label[:TITLE_CHARACTERS], "order", order.id)


async def home_row(scope: Scope[Any]) -> list[AnyButton]:
    """The way back to the beginning."""
    return [home.button for home in (await scope.offered(Home))[:1]]
