"""From the bill in money to the payment."""

from bots.modules.provider.receipt import provider_data
from bots.modules.provider.settings import ProviderSettings
from bots.sdk import payment
from bots.sdk.context import Context
from bots.sdk.replies import BillTerms, PriceLine
from bots.sdk.router import Router
from bots.sdk.updates import PaymentReceived, PreCheckout, number_of
from core.errors import NotFound
from core.money import Money
from core.shop import orders
from core.shop.orders import Order

router = Router[ProviderSettings]()

Provider = Context[ProviderSettings]


async def ask(context: Provider, order: Order) -> None:
    """Sends Telegram's own bill, line by line. Nothing is kept yet: whoever sets out to pay it
    asks first."""
    first, *others = order.lines
    title = first.name
    if others:
        title = context.texts.label("and_more", title=first.name, count=len(others))
    context.invoice(
        title=title,
        description=context.texts.label("described", number=order.order_no, shop=context.shop.name),
        payload=f"bill:{order.id}",
        price=Money(order.total_minor - order.tip_minor, order.currency),
        terms=_terms(context, order),
    )


def _terms(context: Provider, order: Order) -> BillTerms:
    settings, total = context.settings, order.total_minor - order.tip_minor
    asks = set(settings.asks)
    to_provider = frozenset({settings.receipt_contact} if settings.receipt != "none" else ())
    return BillTerms(
        provider=context.manifest.key,
        lines=_lines(order),
        asks=tuple(sorted(asks | to_provider)),
        to_provider=tuple(to_provider),
        most_tip_minor=settings.most_tip_minor(total),
        suggested_tips=settings.suggested_tips(total),
        provider_data=provider_data(order, settings),
    )


def _lines(order: Order) -> tuple[PriceLine, ...]:
    """What the bill shows: the goods, then what was taken off and added."""
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
        most = context.settings.most_tip_minor(order.total_minor - order.tip_minor)
    await payment.check_out(context, update, most_tip_minor=most)


@router.payment("bill")
async def paid(context: Provider, update: PaymentReceived) -> None:
    details = {"provider_charge_id": update.provider_charge_id}
    charge = payment.charge_of(context, update, details=details)
    await payment.book(context, order_id=number_of(update.argument) or 0, charge=charge)
