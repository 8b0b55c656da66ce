"""What shoppers read of reviews, and are asked."""

from datetime import timedelta
from typing import TypeAlias

from bots.modules.reviews import store
from bots.modules.reviews.settings import ReviewsSettings
from bots.modules.reviews.store import Review, Summary
from bots.sdk.context import Context, Scope
from bots.sdk.dates import day_name
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Home, OrderPage, ProductPage
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.errors import NotFound
from core.money import grouped
from core.shop import catalogue
from core.shop.orders import Order
from core.shop.shops import Language
from core.zones import zone

Reviews: TypeAlias = Context[ReviewsSettings]
ReviewsScope: TypeAlias = Scope[ReviewsSettings]
PAGE = 5
RATINGS = (1, 2, 3, 4, 5)
TITLE_CHARACTERS = 48


def may_review(scope: ReviewsScope, order: Order) -> bool:
    """Whether its buyer can have what they bought by now."""
    if order.status != "paid" or order.purpose != "goods" or order.paid_at is None:
        return False
    waited = timedelta(days=scope.settings.paid_days)
    return order.stage == "delivered" or scope.now - order.paid_at >= waited


def stars(rating: int) -> str:
    return "★" * rating + "☆" * (max(RATINGS) - rating)


def average(total: Summary, language: Language) -> str:
    """As people write it: 4.5 in English, 4,5 in Russian."""
    return grouped(f"{total.average or 0:.1f}", language)


def rating_row(order: Order, line: int) -> list[AnyButton]:
    """A button for each rating."""
    return [
        button(f"{rating}★", "review_rate", f"{order.id}.{line}.{rating}") for rating in RATINGS
    ]


async def home_row(scope: ReviewsScope) -> list[AnyButton]:
    """The way back to the beginning."""
    return [home.button for home in (await scope.offered(Home))[:1]]


async def ask_line(context: Reviews, order: Order) -> tuple[Text, Keyboard | None]:
    """Which of an order's lines, with what was given to them before."""
    given = await store.of_order(context.connection, order.id)
    rows: list[list[AnyButton]] = []
    for number, line in enumerate(order.lines, start=1):
        mark = f" {stars(given[number].rating)}" if number in given else ""
        label = f"{line.name[:TITLE_CHARACTERS]}{mark}"
        rows.append([button(label, "review_line", f"{order.id}.{number}")])
    text = context.texts.get("ask_line", number=order.order_no)
    return text, keyboard(*rows, await _order_row(context, order), await home_row(context))


async def ask_rating(scope: ReviewsScope, order: Order, line: int) -> tuple[Text, Keyboard | None]:
    """How it was, from 1 to 5; with what the shopper said before."""
    texts = scope.texts
    given = (await store.of_order(scope.connection, order.id)).get(line)
    text = paragraphs(
        texts.get("ask_rating", title=order.lines[line - 1].name),
        texts.get("yours", stars=stars(given.rating)) if given is not None else None,
        given.body if given is not None else None,
    )
    rows = [rating_row(order, line)]
    if len(order.lines) > 1:
        rows.append([button(texts.label("other_line"), "review", order.id)])
    return text, keyboard(*rows, await _order_row(scope, order), await home_row(scope))


async def _order_row(scope: ReviewsScope, order: Order) -> list[AnyButton]:
    """The way back to the order's page."""
    return [page.button for page in (await scope.offered(OrderPage, order))[:1]]


def _one(texts: Texts, review: Review, timezone: str) -> str:
    day = day_name(texts.language, review.created_at.astimezone(zone(timezone)).date())
    lines = [f"{stars(review.rating)} {day}", review.body]
    if review.answer:
        lines.append(texts.label("shop_answers", answer=review.answer))
    return "\n".join(line for line in lines if line)


async def _back(context: Reviews, product_id: int) -> list[AnyButton]:
    """To the product's card, if it can still be seen; else to the beginning."""
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id)
    except NotFound:
        return await home_row(context)
    pages = (await context.offered(ProductPage, product))[:1]
    return [page.button for page in pages] or await home_row(context)


async def listed(context: Reviews, product_id: int, page: int) -> tuple[Text, Keyboard | None]:
    """A product's reviews, the newest first."""
    texts = context.texts
    total = await store.summary(context.connection, context.shop.id, product_id)
    back = await _back(context, product_id)
    if total is None:
        return texts.get("none"), keyboard(back)
    found = await store.shown(
        context.connection, context.shop.id, product_id, limit=PAGE + 1, offset=page * PAGE
    )
    pictures = [
        button(texts.label("picture", number=number), "review_picture", f"{product_id}.{each.id}")
        for number, each in enumerate(found[:PAGE], start=1 + page * PAGE)
        if each.sha256
    ]
    turns: list[AnyButton] = []
    if page:
        turns.append(button(texts.label("newer"), "reviews", f"{product_id}.{page - 1}"))
    if len(found) > PAGE:
        turns.append(button(texts.label("older"), "reviews", f"{product_id}.{page + 1}"))
    text = paragraphs(
        texts.get(
            "title", title=total.title, average=average(total, texts.language), count=total.reviews
        ),
        *(_one(texts, each, context.shop.timezone) for each in found[:PAGE]),
    )
    return text, keyboard(pictures, turns, back)
