"""What a shopper reads of their points."""

from datetime import datetime
from typing import TypeAlias

from bots.modules.loyalty import earning, store
from bots.modules.loyalty.settings import LoyaltySettings, Tier
from bots.modules.loyalty.store import Movement
from bots.sdk.context import Context
from bots.sdk.dates import day_name
from bots.sdk.keyboards import Keyboard, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import Text
from bots.sdk.texts import paragraphs
from core.zones import zone

LoyaltyContext: TypeAlias = Context[LoyaltySettings]
SHOWN = 10
_TIERS: dict[Tier, str] = {"base": "tier_base", "silver": "tier_silver", "gold": "tier_gold"}


async def overview(context: LoyaltyContext) -> tuple[Text, Keyboard | None]:
    """The shopper's tier, their points, what came and went."""
    texts, me, settings = context.texts, context.customer, context.settings
    tier = await earning.tier_of(context, me.buyer_no)
    percent = settings.percent_of(tier)
    homes = [each.button for each in (await context.offered(Home))[:1]]
    head = texts.get("tier", tier=texts.label(_TIERS[tier]), percent=percent)
    if settings.gives == "money":
        return paragraphs(texts.get("title_money"), head), keyboard(homes)
    found = await store.balance(context.connection, me, context.now)
    moved = await store.movements(context.connection, me.shop_id, me.buyer_no, limit=SHOWN)
    text = paragraphs(
        texts.get("title", points=found.usable),
        texts.get("waiting", points=found.waiting) if found.waiting else None,
        (
            texts.get("expiring", points=found.expiring, day=_day(context, found.expires_at))
            if found.expires_at and found.expiring
            else None
        ),
        head,
        texts.get("how", percent=settings.most_pay_percent),
        "\n".join(_line(context, each) for each in moved),
    )
    return text, keyboard(homes)


def _day(context: LoyaltyContext, moment: datetime) -> str:
    local = moment.astimezone(zone(context.shop.timezone))
    return f"{day_name(context.language, local.date())} {local.year}"


def _line(context: LoyaltyContext, moved: Movement) -> str:
    texts = context.texts
    day = day_name(context.language, moved.at.astimezone(zone(context.shop.timezone)).date())
    sign = "+" if moved.points > 0 else "\u2212"
    what = moved.reason or texts.label("given")
    if moved.order_no is not None:
        what = texts.label("of_open_order" if moved.is_open else "of_order", number=moved.order_no)
    return f"{day}: {sign}{abs(moved.points)}, {what}"
