"""The way to the bill: how the goods come, what the shopper has to say, and the last look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from typing_extensions import assert_never

from bots.modules.cart import bill, checkouts
from bots.modules.cart.basket import Contents, contents_of
from bots.modules.cart.bill import Bill
from bots.modules.cart.checkouts import Checkout
from bots.modules.cart.ordering import methods_for, pay, pay_nothing, refusal
from bots.modules.cart.screens import Cart, basket_of, home, notes_of, show_cart
from bots.modules.cart.settings import FIELDS, FieldKey
from bots.sdk import prices
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Basket, BasketAction, CheckoutStep, PaymentMethod, ShippingOption
from bots.sdk.replies import Text
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button
from core.money import Money
from core.shop.orders import Detail, OutOfStock, ProductChanged
from core.shop.pricing import Quote

_NAME: Mapping[FieldKey, str] = {
    "name": "field_name",
    "phone": "field_phone",
    "email": "field_email",
    "address": "field_address",
    "comment": "field_comment",
}
_ADD: Mapping[FieldKey, str] = {
    "name": "add_name",
    "phone": "add_phone",
    "email": "add_email",
    "address": "add_address",
    "comment": "add_comment",
}
FREE = "free"  # in a button in the place of a payment method: there is nothing to pay


@dataclass(frozen=True, slots=True)
class Ready:
    """A checkout that knows all it needs; `fields` are the optional ones. With `is_shipped_by_bill`
    the bill itself asks for address and shipping."""

    checkout: Checkout
    contents: Contents
    fields: tuple[FieldKey, ...]
    has_shipping: bool
    priced: Quote
    methods: tuple[PaymentMethod, ...]
    asked: tuple[CheckoutStep, ...] = ()
    """What other modules have asked."""
    is_shipped_by_bill: bool = False

    @property
    def bill(self) -> Bill:
        return bill.of_quote(self.priced)

    @property
    def is_plain(self) -> bool:
        """One product at its price, nothing to ask and one way to pay it: nothing to look at."""
        return not (
            self.checkout.is_cart
            or self.fields
            or self.has_shipping
            or self.asked
            or self.priced.adjustments
            or len(self.methods) > 1
        )


async def advance(context: Cart, checkout: Checkout, *, said: Text | str | None = None) -> None:
    """Asks for what is still missing; then shows the bill, or sends it if it is a plain one."""
    ready = await _prepare(context, checkout)
    if ready is None:
        return
    if ready.is_plain and said is None:
        await _take_order(context, ready, ready.methods[0] if ready.methods else None)
    else:
        await confirm(context, ready, said)


async def _prepare(context: Cart, checkout: Checkout, *, is_firm: bool = False) -> Ready | None:
    """None if something is missing; the shopper has been asked for it, or told. `is_firm`: an
    order is to be made of it."""
    contents = await contents_of(context.connection, context.customer, checkout)
    if await _stops(context, checkout, contents):
        return None
    asked = await context.offered(CheckoutStep, basket_of(context, contents))
    for step in asked:
        if not step.is_done:
            await step.ask(context.of(step))
            return None
    options: tuple[ShippingOption, ...] = ()
    if contents.is_physical:
        options = await context.offered(ShippingOption, basket_of(context, contents))
    by_bill = bool(options) and await _ships_by_bill(context, contents)
    if by_bill:
        options = ()
    option = next((each for each in options if each.key == checkout.shipping), None)
    if option is None and len(options) == 1:
        option = options[0]
    if option is None and options:
        await ask_shipping(context, checkout, contents, options)
        return None
    key = option.key if option is not None else ""
    if key != checkout.shipping:
        checkout = await checkouts.choose_shipping(context.connection, checkout, key)
    fields = _fields(context, contents, option, by_bill)
    for field in fields:
        if context.settings.asked(field) == "required" and field not in checkout.answers:
            await ask_field(context, checkout, field)
            return None
    basket = basket_of(context, contents, key, answers=checkout.answers, is_firm=is_firm)
    priced = await prices.price(context, basket)
    methods = await methods_for(context, priced.total)
    return Ready(checkout, contents, fields, bool(options), priced, methods, asked, by_bill)


async def go_on(context: Cart, notice: Text | None = None) -> None:
    """Another module has asked what it had to: on with the shopper's checkout."""
    checkout = await checkouts.current(context.connection, context.customer)
    if checkout is None:
        await notify(context, "stale")
    else:
        await advance(context, checkout, said=notice or "")


async def _ships_by_bill(context: Cart, contents: Contents) -> bool:
    """Whether every way to pay asks for the address and the way to bring the goods itself."""
    methods = await methods_for(context, contents.goods)
    return bool(methods) and all(method.asks_shipping for method in methods)


async def _stops(context: Cart, checkout: Checkout, contents: Contents) -> bool:
    """Whether the checkout cannot continue, which the shopper is told."""
    if checkout.is_cart:
        if any(each.trouble in ("gone", "fewer") for each in contents.lines) or not contents.items:
            await show_cart(context)
            return True
    elif not contents.items:
        trouble = contents.lines[0].trouble
        await notify(context, "gone" if trouble == "gone" else "sold_out")
        return True
    least = context.settings.least_minor(contents.currency)
    if contents.goods.amount_minor < least:
        words = context.texts.get("least", least=Money(least, contents.currency))
        if checkout.is_cart:
            await show_cart(context)
        else:
            context.reply(words, keyboard(await home(context)))
        return True
    return False


async def notify(context: Cart, key: str, **values: Money) -> None:
    """A word over the chat if a button was pressed, else a message with the way back."""
    if isinstance(context.update, Button):
        context.answer(context.texts.label(key, **values), alert=True)
    else:
        context.reply(context.texts.get(key, **values), keyboard(await home(context)))


def _fields(
    context: Cart, contents: Contents, option: ShippingOption | None, by_bill: bool
) -> tuple[FieldKey, ...]:
    """What the owner wants to know of this order."""
    needs_address = option is None or option.needs_address
    has_address = contents.is_physical and needs_address and not by_bill
    return tuple(
        field
        for field in FIELDS
        if context.settings.asked(field) != "no" and (field != "address" or has_address)
    )


async def ask_shipping(
    context: Cart,
    checkout: Checkout,
    contents: Contents,
    options: tuple[ShippingOption, ...] | None = None,
) -> None:
    """A button for each way, with what it would cost."""
    texts = context.texts
    if options is None:
        options = await context.offered(ShippingOption, basket_of(context, contents))
    rows: list[list[AnyButton]] = []
    for option in options:
        basket = basket_of(context, contents, option.key, answers=checkout.answers)
        priced = await prices.price(context, basket)
        cost = Money(priced.shipping_minor, priced.currency)
        label = (
            texts.label("adjustment", label=option.label, amount=cost)
            if cost.amount_minor
            else texts.label("free", label=option.label)
        )
        rows.append([button(label, "checkout_ship", f"{checkout.id}.{option.key}")])
    context.edit(texts.get("ask_shipping"), keyboard(*rows, await _back(context, checkout)))


async def ask_field(context: Cart, checkout: Checkout, field: FieldKey) -> None:
    """The question for one of the fields."""
    texts, data = context.texts, {"checkout": checkout.id}
    is_first = not checkout.answers
    kept = texts.get("ask_remembered") if context.settings.remembers and is_first else None
    match field:
        case "name":
            await context.ask("name", paragraphs(texts.get("ask_name"), kept), data=data)
        case "phone":
            await context.ask("phone", paragraphs(texts.get("ask_phone"), kept), data=data)
        case "email":
            await context.ask("email", paragraphs(texts.get("ask_email"), kept), data=data)
        case "address":
            await context.ask("address", paragraphs(texts.get("ask_address"), kept), data=data)
        case "comment":  # for this order alone
            await context.ask("comment", texts.get("ask_comment"), data=data)
        case _:
            assert_never(field)


async def confirm(context: Cart, ready: Ready, said: Text | str | None = None) -> None:
    """The bill, every line of it, what was answered, and the ways to pay."""
    texts, shown = context.texts, ready.bill
    await checkouts.show(context.connection, ready.checkout, shown.model_dump(mode="json"))
    troubles = [each.line.title for each in ready.contents.troubles]
    actions = await context.offered(BasketAction, _basket(context, ready))
    refused = None
    if not ready.methods and shown.total_minor:
        key, values = await refusal(context, ready.priced.total)
        refused = texts.get(key, **values)
    text = paragraphs(
        said,
        texts.get("confirm"),
        bill.goods_of(shown, texts),
        bill.adjustments_of(shown, texts),
        notes_of(actions),
        texts.get("total", total=shown.total),
        texts.get("shipping_in_bill") if ready.is_shipped_by_bill else None,
        texts.get("left_out", names=", ".join(troubles)) if troubles else None,
        _answers(context, ready),
        refused,
    )
    context.edit(text, await _ways_on(context, ready, actions))


def _basket(context: Cart, ready: Ready) -> Basket:
    checkout = ready.checkout
    basket = basket_of(context, ready.contents, checkout.shipping, answers=checkout.answers)
    return replace(basket, is_checkout=True)


def _answers(context: Cart, ready: Ready) -> str:
    return "\n".join(f"{each.label}: {each.value}" for each in details_of(context, ready))


def details_of(context: Cart, ready: Ready) -> list[Detail]:
    """What the shopper answered of what this order asks."""
    answers = ready.checkout.answers
    return [each for step in ready.asked for each in step.details] + [
        Detail(field=field, label=context.texts.label(_NAME[field]), value=answers[field])
        for field in ready.fields
        if answers.get(field)
    ]


async def _ways_on(context: Cart, ready: Ready, actions: Sequence[BasketAction]) -> Keyboard | None:
    texts, checkout = context.texts, ready.checkout
    order = f"{checkout.id}.{ready.bill.mark}"
    rows: list[list[AnyButton]] = []
    if not ready.priced.total_minor:
        rows.append([button(texts.label("place"), "checkout_pay", f"{order}.{FREE}")])
    elif len(ready.methods) == 1:
        label = texts.label("pay", total=ready.priced.total)
        rows.append([button(label, "checkout_pay", f"{order}.{ready.methods[0].key}")])
    else:
        rows += [
            [button(method.label, "checkout_pay", f"{order}.{method.key}")]
            for method in ready.methods
        ]
    rows += [[each.button] for each in actions]
    rows += [
        [button(texts.label(_ADD[field]), "checkout_field", f"{checkout.id}.{field}")]
        for field in ready.fields
        if field not in checkout.answers
    ]
    rows += [[step.change] for step in ready.asked if step.change is not None]
    if ready.has_shipping or checkout.answers:
        rows.append([button(texts.label("edit"), "checkout_edit", checkout.id)])
    return keyboard(*rows, await _back(context, checkout))


async def _back(context: Cart, checkout: Checkout) -> list[AnyButton]:
    if checkout.is_cart:
        return [button(context.texts.label("back_to_cart"), "cart")]
    return await home(context)


async def edit(context: Cart, checkout: Checkout) -> None:
    """What of the order can be answered anew."""
    texts = context.texts
    rows: list[list[AnyButton]] = []
    if checkout.shipping:
        rows.append([button(texts.label("edit_shipping"), "checkout_shipping", checkout.id)])
    rows += [
        [button(texts.label(_NAME[field]), "checkout_field", f"{checkout.id}.{field}")]
        for field in FIELDS
        if context.settings.asked(field) != "no"
    ]
    rows.append([button(texts.label("forget"), "cart_forget")])
    rows.append([button(texts.label("back_to_order"), "checkout", checkout.id)])
    context.edit(texts.get("editing"), keyboard(*rows))


async def pay_by(context: Cart, checkout: Checkout, mark: str, method_key: str) -> None:
    """Makes the order and asks for its payment, if the bill is still the one that was shown."""
    ready = await _prepare(context, checkout, is_firm=True)
    if ready is None:
        return
    if ready.bill.mark != mark:
        before = Bill.model_validate(checkout.shown) if checkout.shown else ready.bill
        await confirm(context, ready, _changed(context, before, ready.bill))
        return
    method = next((each for each in ready.methods if each.key == method_key), None)
    if method is None and not (method_key == FREE and not ready.priced.total_minor):
        await confirm(context, ready, context.texts.get("method_gone"))
        return
    await _take_order(context, ready, method)


def _changed(context: Cart, before: Bill, now: Bill) -> Text:
    changes = bill.changes(before, now, context.texts)
    if not changes:
        return context.texts.get("look_again")
    return context.texts.get("changed", changes=changes)


async def show_renewed(context: Cart, checkout: Checkout, before: Bill) -> None:
    """What has changed since a bill was sent, and the order as it is today."""
    ready = await _prepare(context, checkout)
    if ready is not None:
        await confirm(context, ready, _changed(context, before, ready.bill))


async def _take_order(context: Cart, ready: Ready, method: PaymentMethod | None) -> None:
    try:
        if method is not None:
            await pay(context, ready.checkout, ready.priced, details_of(context, ready), method)
        elif not ready.priced.total_minor:
            await pay_nothing(context, ready.checkout, ready.priced, details_of(context, ready))
            context.edit(context.texts.get("placed"), keyboard(await home(context)))
        else:
            key, values = await refusal(context, ready.priced.total)
            await notify(context, key, **values)
    except (OutOfStock, ProductChanged):
        await notify(context, "sold_out")
