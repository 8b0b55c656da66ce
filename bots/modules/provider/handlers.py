"""From the bill in money to the payment."""

from bots.modules.provider.receipt import provider_data
from bots.modules.provider.settings import ProviderSettings
from bots.sdk import payment, prices, shipping
from bots.sdk.bills import BillTerms, PriceLine
from bots.sdk.context import Context
from bots.sdk.router import Router
from bots.sdk.shipping import Bill, bill_of
from bots.sdk.updates import (
    PayerInfo,
    PaymentReceived,
    PreCheckout,
    ShippingQuery,
    number_of,
)
from core.errors import NotFound
from core.money import Money
from core.shop import open_orders, orders
from core.shop.orders import Detail, Order

router = Router[ProviderSettings]()

Provider = Context[ProviderSettings]


async def ask(context: Provider, order: Order) -> None:
    """Sends Telegram's own bill, line by line. Nothing is reserved yet: the pre-checkout does
    that."""
    price = Money(order.due.amount_minor - order.tip_minor, order.currency)
    is_flexible = context.settings.asks_shipping and await shipping.may_choose(context, order)
    payload = f"bill:{order.id}"
    if is_flexible:
        payload = f"shipped_bill:{Bill(order.id, price.amount_minor).argument}"
    described = "described" if order.purpose == "goods" else "described_top_up"
    context.invoice(
        title=_title(context, order),
        description=context.texts.label(described, number=order.order_no, shop=context.shop.name),
        payload=payload,
        price=price,
        terms=_terms(context, order, is_flexible),
    )


def _title(context: Provider, order: Order) -> str:
    if not order.lines:
        return payment.top_up_title(context)
    first, *others = order.lines
    if not others:
        return first.name
    return context.texts.label("and_more", title=first.name, count=len(others))


def _terms(context: Provider, order: Order, is_flexible: bool) -> BillTerms:
    settings, total = context.settings, order.due.amount_minor - order.tip_minor
    asks = set(settings.asks) | ({"address"} if is_flexible else set())
    to_provider = frozenset({settings.receipt_contact} if settings.receipt != "none" else ())
    return BillTerms(
        provider=context.manifest.key,
        lines=_lines(context, order),
        asks=tuple(sorted(asks | to_provider)),
        to_provider=tuple(to_provider),
        most_tip_minor=settings.most_tip_minor(total),
        suggested_tips=settings.suggested_tips(total),
        provider_data=provider_data(order, settings),
        is_flexible=is_flexible,
    )


def _lines(context: Provider, order: Order) -> tuple[PriceLine, ...]:
    """What the bill shows: the goods, then what was taken off and added, and the wallet's part. A
    top-up has one line, by itself."""
    lines = [
        PriceLine(
            label=f"{line.name} × {line.quantity}" if line.quantity > 1 else line.name,
            amount_minor=line.unit_price_minor * line.quantity,
        )
        for line in order.lines
    ]
    lines += [
        PriceLine(label=each.label or each.kind, amount_minor=each.amount_minor)
        for each in order.adjustments
        if each.amount_minor and not each.is_included and each.kind != "tip"
    ]
    if order.wallet_minor:
        label = payment.wallet_label(context)
        lines.append(PriceLine(label=label, amount_minor=-order.wallet_minor))
    return tuple(lines)


@router.pre_checkout("bill")
async def check(context: Provider, update: PreCheckout) -> None:
    most = 0
    try:
        order = await orders.own(
            context.connection, context.origin, number_of(update.argument) or 0
        )
    except NotFound:
        pass  # it is refused below
    else:
        await _note_payer(context, order, update.info)
        most = context.settings.most_tip_minor(order.due.amount_minor - order.tip_minor)
    await payment.check_out(context, update, most_tip_minor=most)


@router.payment("bill")
async def paid(context: Provider, update: PaymentReceived) -> None:
    await _book(context, update, number_of(update.argument) or 0)


@router.shipping("shipped_bill")
async def ship(context: Provider, update: ShippingQuery) -> None:
    await shipping.answer(context, update)


@router.pre_checkout("shipped_bill")
async def check_shipped(context: Provider, update: PreCheckout) -> None:
    settings = context.settings
    order = await prices.open_order(context, bill_of(update.argument).order_id)
    if order is not None:
        await _note_payer(context, order, update.info)
    await shipping.check_out(context, update, most_tip_percent=settings.most_tip_minor(100))


@router.payment("shipped_bill")
async def paid_shipped(context: Provider, update: PaymentReceived) -> None:
    await shipping.settle(context, update)
    await _book(context, update, bill_of(update.argument).order_id)


async def _note_payer(context: Provider, order: Order, info: PayerInfo) -> None:
    """Before the price is looked at: what depends on who pays, such as a code for first orders, is
    judged by it."""
    if order.buyer_no == context.customer.buyer_no and order.status == "created":
        await open_orders.add_details(context.connection, order.id, _details(context, info))


async def _book(context: Provider, update: PaymentReceived, order_id: int) -> None:
    details = {"provider_charge_id": update.provider_charge_id}
    charge = payment.charge_of(context, update, details=details)
    order = await payment.book(context, order_id=order_id, charge=charge)
    if order is not None:
        await open_orders.add_details(context.connection, order.id, _details(context, update.info))


def _details(context: Provider, info: PayerInfo) -> list[Detail]:
    """What Telegram asked the payer for, of which there is something."""
    texts, address = context.texts, str(info.address or "")
    answers = (
        ("name", texts.label("field_name"), info.name),
        ("phone", texts.label("field_phone"), info.phone),
        ("email", texts.label("field_email"), info.email),
        ("address", texts.label("field_address"), address),
    )
    return [
        Detail(field=field, label=label, value=value[:1000])
        for field, label, value in answers
        if value
    ]
