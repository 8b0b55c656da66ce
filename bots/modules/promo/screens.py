"""What a shopper reads of their codes, and the way back to where they came from."""

from typing import Literal

from bots.modules.promo import store
from bots.modules.promo.codes import Code
from bots.modules.promo.entering import Promo
from bots.modules.promo.judging import PromoScope
from bots.modules.promo.rules import Misfit, Verdict
from bots.sdk import ordering
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.errors import NotFound
from core.money import Money, sign
from core.shop import catalogue

Place = Literal["cart", "order"]
_BACK: dict[Place, str] = {"cart": "back_to_cart", "order": "back_to_order"}
_WHY: dict[Misfit, str] = {
    "invalid": "not_valid",
    "busy": "not_now",
    "currency": "not_currency",
    "least": "not_least",
    "products": "not_products",
    "no_gift": "not_gift",
    "no_shipping": "not_shipping",
}


def place_of(argument: str) -> Place:
    """Where a button's shopper came from."""
    return "order" if argument.partition(".")[0] == "order" else "cart"


async def go_back(context: Promo, place: Place, notice: Text | None = None) -> None:
    """To the cart, or to the order that is being made."""
    if place == "order":
        await ordering.go_on(context, notice)
    else:
        await ordering.show_cart(context, notice)


def note(texts: Texts, judged: Verdict) -> str:
    """What the bill does not say of a code by a line of its own; empty if it does."""
    code = judged.code
    if judged.misfit is None:
        return texts.label("ships_free", code=code.code) if code.kind == "shipping" else ""
    key = _WHY[judged.misfit]
    if judged.misfit == "least":
        least = Money(code.least_minor or 0, code.currency or "")
        return texts.label(key, code=code.code, least=least)
    if judged.misfit == "currency":
        return texts.label(key, code=code.code, currency=sign(code.currency or ""))
    return texts.label(key, code=code.code)


async def show(context: Promo, place: Place, notice: Text | None = None) -> None:
    """The entered codes, each with a button that takes it away; the question for one if there is
    none."""
    texts = context.texts
    codes = [each.code for each in await store.entered(context.connection, context.customer)]
    if not codes:
        await ask(context, place, notice)
        return
    lines = [
        texts.label("line", code=code.code, gives=await _gives(context, code)) for code in codes
    ]
    rows: list[list[AnyButton]] = [
        [button(texts.label("remove", code=code.code), "promo_remove", f"{place}.{code.id}")]
        for code in codes
    ]
    rows.append([button(texts.label("enter_more"), "promo_enter", place)])
    rows.append([button(texts.label(_BACK[place]), "promo_back", place)])
    context.edit(paragraphs(notice, texts.get("title"), "\n".join(lines)), keyboard(*rows))


async def ask(context: Promo, place: Place, notice: Text | None = None) -> None:
    """The question for a code; whoever is told that theirs does not work is asked by that."""
    await context.ask("code", notice or context.texts.get("ask"), data={"place": place})


async def _gives(scope: PromoScope, code: Code) -> str:
    """What the code gives, in a word or two."""
    texts = scope.texts
    match code.kind:
        case "percent":
            return texts.label("gives_share", share=f"{(code.share_bp or 0) / 100:g}")
        case "amount":
            amount = Money(code.amount_minor or 0, code.currency or "")
            return texts.label("gives_amount", amount=amount)
        case "goods":
            return texts.label("gives_goods", title=await _gift_title(scope, code))
        case _:
            return texts.label("gives_shipping")


async def _gift_title(scope: PromoScope, code: Code) -> str:
    try:
        product = await catalogue.get(scope.connection, scope.shop.id, code.gift_product_id or 0)
        item = product.item(1, code.gift_variant_id)
    except NotFound:
        return ""
    return f"{item.title}, {item.variant_title}" if item.variant_title else item.title
