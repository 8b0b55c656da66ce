"""What a paid order brings back."""

from datetime import datetime, timedelta

from bots.modules.loyalty import points, store
from bots.modules.loyalty.events import LOYALTY_EARNED, LoyaltyEarning
from bots.modules.loyalty.paying import LoyaltyScope
from bots.modules.loyalty.settings import TIER_OF_SEGMENT, Tier
from bots.modules.loyalty.store import LotDraft
from bots.sdk.points import Reward, RewardWay
from core.errors import Refused
from core.money import Money
from core.shop import customer_segments, order_refunds, orders
from core.shop.orders import Order
from core.shop.takings import brought_minor

ASKED_AGAIN = timedelta(days=1)


async def tier_of(scope: LoyaltyScope, buyer_no: int) -> Tier:
    """By the segment that the pipelines have published last; the first one without."""
    segment = await customer_segments.of_buyer(scope.connection, scope.shop.id, buyer_no)
    return TIER_OF_SEGMENT.get(segment or "", "base")


def expiry(scope: LoyaltyScope, usable_at: datetime) -> datetime | None:
    """Until when points can be spent; None: for ever."""
    days = scope.settings.expire_days
    return usable_at + timedelta(days=days) if days else None


async def earn(scope: LoyaltyScope, order: Order) -> None:
    """Points of a paid order, which can be spent after the time for returns; money comes then."""
    settings, wait = scope.settings, timedelta(days=scope.settings.waits_days)
    tier = await tier_of(scope, order.buyer_no)
    percent = settings.percent_of(tier)
    if settings.gives == "money":
        if percent:
            await scope.later(
                "give_back",
                at=scope.now + wait,
                key=str(order.id),
                data={"order": order.id, "percent": percent, "tier": tier},
            )
        return
    found = 0
    if order.currency == scope.shop.currency:
        found = points.earned(brought_minor(order), percent, order.currency)
    if not found:
        return
    draft = LotDraft(
        buyer_no=order.buyer_no,
        key=f"order:{order.id}",
        points=found,
        at=scope.now,
        usable_at=scope.now + wait,
        expires_at=expiry(scope, scope.now + wait),
        order_id=order.id,
    )
    if await store.put(scope.connection, scope.shop.id, draft):
        props = LoyaltyEarning(points=found, tier=tier)
        scope.emit(LOYALTY_EARNED, order_id=order.id, props=props)
        await settle_later(scope, order.buyer_no, draft.key)


async def settle_later(scope: LoyaltyScope, buyer_no: int, key: str) -> None:
    """Has what the shopper owes taken from their points, in a transaction of its own: this one has
    locked an order. `key` names the cause."""
    if await store.is_owing(scope.connection, scope.shop.id, buyer_no):
        await scope.later("settle", at=scope.now, key=key)


async def give_back(scope: LoyaltyScope, order_id: int, percent: int, tier: Tier) -> bool:
    """Money for an order, in the first way that works; False if it has to be tried again."""
    order = await orders.get(scope.connection, order_id, lock=True)
    amount = Money(points.back(brought_minor(order), percent), order.currency)
    if scope.customer is None or not amount.amount_minor:
        return True
    if await order_refunds.is_asked(scope.connection, order.id):
        return False
    reason = scope.texts.label("back_reason", number=order.order_no)
    reward = Reward(amount=amount, key=f"loyalty:{order.id}", reason=reason)
    for way in await scope.offered(RewardWay, amount):
        try:
            async with scope.connection.transaction():
                await way.give(scope.of(way), reward)
        except Refused:
            continue
        scope.emit(
            LOYALTY_EARNED,
            order_id=order.id,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            props=LoyaltyEarning(points=0, tier=tier),
        )
        return True
    return False
