"""What a shopper reads of their invitations."""

from typing import TypeAlias
from urllib.parse import quote

from bots.modules.referral import store, totals
from bots.modules.referral.settings import ReferralSettings, whole
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, Keyboard, keyboard, link
from bots.sdk.points import Home
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.money import Money

ReferralContext: TypeAlias = Context[ReferralSettings]


async def overview(context: ReferralContext) -> tuple[Text, Keyboard | None]:
    """Their link, what it brings, what it has brought."""
    texts, home = context.texts, [each.button for each in (await context.offered(Home))[:1]]
    if not context.bot_username:
        return texts.get("no_link"), keyboard(home)
    code = await store.code_of(context.connection, context.customer)
    url = f"https://t.me/{context.bot_username}?start={code}"
    came = await totals.of_inviter(context.connection, context.customer)
    counts = texts.get("counts", invited=came.invited, bought=came.bought) if came.invited else None
    text = paragraphs(
        texts.get("title"),
        _terms(context),
        texts.get("link", url=url),
        counts,
        _sums(texts, "held", came.held),
        _sums(texts, "given", came.given),
    )
    share = f"https://t.me/share/url?url={quote(url, safe='')}"
    rows: list[list[AnyButton]] = [[link(texts.label("share"), share)]]
    return text, keyboard(*rows, home)


def _terms(context: ReferralContext) -> Text:
    texts, settings = context.texts, context.settings
    if settings.amount:
        reward = whole(settings.amount, context.shop.currency).worded(context.language)
    else:
        reward = texts.label("share_of", percent=settings.percent)
    key = {0: "terms_at_once", 1: "terms_one_day"}.get(settings.hold_days, "terms")
    words = [texts.get(key, reward=reward, days=settings.hold_days)]
    if settings.welcome_percent:
        words.append(texts.get("terms_welcome", percent=settings.welcome_percent))
    return paragraphs(*words)


def _sums(texts: Texts, key: str, sums: list[Money]) -> Text | None:
    if not sums:
        return None
    return texts.get(key, amount=", ".join(each.worded(texts.language) for each in sums))
