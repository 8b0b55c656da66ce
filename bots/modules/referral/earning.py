"""What an invited person's order brings to whoever invited them, and giving it when it is due."""

from datetime import timedelta
from typing import get_args

from bots.modules.referral import store
from bots.modules.referral.events import REFERRAL_REJECTED, REFERRAL_REWARDED
from bots.modules.referral.settings import ReferralSettings, whole
from bots.modules.referral.store import Earned, HeldReward, Invitation
from bots.sdk import next_steps
from bots.sdk.context import Scope
from bots.sdk.dates import day_name
from bots.sdk.keyboards import button, keyboard
from bots.sdk.points import BELOW, Reward, RewardWay
from bots.sdk.replies import SendText
from core.errors import Refused
from core.fraud_rules import AbuseType
from core.money import Money
from core.shop import order_refunds, orders, risk_standing
from core.shop.orders import Order
from core.shop.pricing import half_up
from core.shop.takings import brought_minor
from core.zones import zone

ReferralScope = Scope[ReferralSettings]
SUSPECT_WAITS = timedelta(days=7)  # or until the invited person buys again
ABUSES = get_args(AbuseType)  # whoever is held for any of them gets nothing meanwhile
ASKED_AGAIN = timedelta(days=1)
CODE = "promo"


def first_reward(settings: ReferralSettings, order: Order, own_currency: str) -> Money | None:
    """The inviter's reward for an order; None if it is too small for one. A fixed sum is in the
    shop's own currency, and is never more than the order has brought."""
    worth = brought_minor(order)
    least = whole(settings.least, own_currency)
    if worth <= 0 or (order.currency == own_currency and worth < least.amount_minor):
        return None
    if settings.amount:
        fixed = min(whole(settings.amount, own_currency).amount_minor, worth)
        return Money(fixed, own_currency) if order.currency == own_currency else None
    share = half_up(worth * settings.percent, 100)
    if settings.most_amount:
        share = min(share, whole(settings.most_amount, order.currency).amount_minor)
    return Money(share, order.currency) if share else None


def second_reward(settings: ReferralSettings, first: Money) -> Money | None:
    """What the inviter's own inviter gets besides; None for nothing."""
    share = half_up(first.amount_minor * settings.second_percent, 100)
    return Money(share, first.currency) if share else None


async def earn(scope: ReferralScope, order_id: int) -> None:
    """After an order is paid: notes the rewards that it brings, once a person and level."""
    assert scope.customer is not None
    found = await store.invitation_of(
        scope.connection, scope.shop.id, scope.customer.buyer_no, lock=True
    )
    if found is None:
        return
    hold_for = timedelta(days=scope.settings.hold_days)
    await store.trust(scope.connection, scope.shop.id, found.buyer_no, order_id, hold_for)
    order = await orders.get(scope.connection, order_id)
    first = first_reward(scope.settings, order, scope.shop.currency)
    if first is None or not found.inviter_no:
        return
    await _note(scope, order, found, found, 1, first)
    second = second_reward(scope.settings, first)
    above = await store.invitation_of(scope.connection, scope.shop.id, found.inviter_no)
    if second is not None and above is not None and above.inviter_no:
        await _note(scope, order, found, above, 2, second)


async def _note(
    scope: ReferralScope,
    order: Order,
    invited: Invitation,
    by: Invitation,
    level: int,
    amount: Money,
) -> None:
    """Holds a reward of whoever made the invitation `by`, unless they have had enough of them."""
    connection, shop_id = scope.connection, scope.shop.id
    about = await scope.about(by.inviter_no)
    if about is None or await store.has_brought(connection, shop_id, invited.buyer_no, level):
        return
    most = scope.settings.most_a_month
    if not await store.has_room(connection, shop_id, by.inviter_no, scope.now, most):
        props = {"inviter": by.inviter_no, "invited": invited.buyer_no, "level": level}
        about.emit(REFERRAL_REJECTED, order_id=order.id, outcome="cap", props=props)
        return
    suspicion = await store.suspicion(connection, shop_id, invited)
    wait = timedelta(days=scope.settings.hold_days)
    earned = Earned(
        bot_id=by.bot_id,
        buyer_no=by.inviter_no,
        invited_no=invited.buyer_no,
        level=level,
        order_id=order.id,
        amount=amount,
        is_share=not scope.settings.amount,
        suspicion=suspicion,
        earned_at=scope.now,
        due_at=scope.now + (max(wait, SUSPECT_WAITS) if suspicion else wait),
    )
    number = await store.hold(connection, shop_id, earned)
    if number is not None and wait and by.bot_id == scope.bot_id:
        await _tell(about, number, amount, wait)


async def _tell(about: ReferralScope, number: int, amount: Money, wait: timedelta) -> None:
    """The inviter reads what they will get and when; not that it may take longer."""
    given_on = (about.now + wait).astimezone(zone(about.shop.timezone)).date()
    day = day_name(about.language, given_on)
    text = about.texts.get("told_earned", amount=amount, day=day)
    own = button(about.texts.label("entry"), "referral", BELOW)
    message = SendText(text=text, keyboard=keyboard([own], *await next_steps.below(about)))
    await about.send_durably("referral", message, str(number))


def left_of(reward: HeldReward, order: Order) -> Money:
    """What of a reward is left when a part of its order has gone back: all of a fixed sum, as long
    as so much of the order is left."""
    worth = brought_minor(order)
    if worth <= 0:
        return Money(0, reward.currency)
    if not reward.is_share:
        return Money(min(reward.amount_minor, worth), reward.currency)
    kept, total = order.total_minor - order.refunded_minor, order.total_minor
    return Money(reward.amount_minor * kept // total, reward.currency)


async def settle(
    scope: ReferralScope, reward: HeldReward, *, by_owner: bool = False, only_lost: bool = False
) -> None:
    """Gives a held reward, or rejects it if the money of its order went back.

    With `only_lost` it goes on waiting unless nothing of it is left. An owner gives it whatever
    looks like cheating.
    """
    order = await orders.get(scope.connection, reward.order_id)
    about = await scope.about(reward.buyer_no)
    amount = left_of(reward, order)
    if about is None or not amount.amount_minor:
        await turn_down(scope, reward, "refunded" if about is not None else "erased")
        return
    if only_lost:
        return
    people = [reward.buyer_no, reward.invited_buyer_no]
    waits = await order_refunds.is_asked(scope.connection, order.id) or (
        not by_owner
        and bool(await risk_standing.holds(scope.connection, scope.shop.id, people, *ABUSES))
    )
    way = None if waits else await _give(about, reward, amount)
    if way is None:
        await store.put_off(scope.connection, reward.id, scope.now + ASKED_AGAIN)
        return
    await store.give(scope.connection, reward.id, amount, way, scope.now)
    about.emit(
        REFERRAL_REWARDED,
        order_id=order.id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        props={
            "inviter": reward.buyer_no,
            "invited": reward.invited_buyer_no,
            "level": reward.level,
        },
    )


async def _give(about: ReferralScope, reward: HeldReward, amount: Money) -> str | None:
    """In the first way that works; None if there is none."""
    ways = await about.offered(RewardWay, amount)
    if about.settings.as_code:
        ways = tuple(sorted(ways, key=lambda way: way.key != CODE))
    given = Reward(
        amount=amount, key=f"referral:{reward.id}", reason=about.texts.label("reward_reason")
    )
    for way in ways:
        try:
            async with about.connection.transaction():
                await way.give(about.of(way), given)
        except Refused:
            continue
        return way.key
    return None


async def turn_down(scope: ReferralScope, reward: HeldReward, reason: str) -> None:
    """There will be no such reward."""
    await store.reject(scope.connection, reward.id, reason, scope.now)
    about = await scope.about(reward.buyer_no)
    props = {
        "inviter": reward.buyer_no,
        "invited": reward.invited_buyer_no,
        "level": reward.level,
    }
    (about or scope).emit(REFERRAL_REJECTED, order_id=reward.order_id, outcome=reason, props=props)
