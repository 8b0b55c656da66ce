"""What reviews offer: a product's rating on its card, the way to a review under an order."""

from bots.modules.reviews import store
from bots.modules.reviews.screens import ReviewsScope, average, may_review
from bots.modules.reviews.settings import ReviewsSettings
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, OrderAction, ProductAction
from core.events import Bilingual
from core.shop.catalogue import Product
from core.shop.orders import Order

offers = Offers[ReviewsSettings]()


@offers.provide(ProductAction)
async def rating(scope: ReviewsScope, product: Product) -> list[ProductAction]:
    found = await store.summary(scope.connection, scope.shop.id, product.id)
    if found is None:
        return []
    texts = scope.texts
    label = texts.label("rating", average=average(found, texts.language), count=found.reviews)
    return [ProductAction(label=label, action="reviews", argument=f"{product.id}.0", order=70)]


@offers.provide(OrderAction)
async def own(scope: ReviewsScope, order: Order) -> list[OrderAction]:
    if not may_review(scope, order):
        return []
    given = await store.of_order(scope.connection, order.id)
    key = "change" if len(given) == len(order.lines) else "give"
    return [OrderAction(label=scope.texts.label(key), action="review", argument=order.id, order=70)]


@offers.provide(NeedsYou)
async def waiting(scope: ReviewsScope) -> list[NeedsYou]:
    count, since = await store.waiting(scope.connection, scope.bot_id)
    if since is None:
        return []
    return [
        NeedsYou(
            kind="reviews_waiting",
            title=Bilingual("Отзывы ждут проверки", "Reviews to look through"),
            text=Bilingual(
                "Покупатели увидят их, когда вы нажмёте «Показать».",
                "Shoppers see them once you press “Show”.",
            ),
            at=since,
            count=count,
            link="reviews?state=waiting",
        )
    ]
