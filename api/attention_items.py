"""What needs a shop's owner: a function for each kind, all as items of one list."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.missing_rates import MissingRate
from api.routes.modules import Translated
from bots.sdk.points import NeedsYou
from core.events import Bilingual
from core.shop.access_alerts import StoredAlert, named
from core.shop.bot_claims import Claim
from core.shop.bots import Bot
from core.shop.module_jobs import FailedJob
from core.shop.notices import StoredNotice
from core.shop.risk_actions import Undecided
from core.shop.unbooked import UnbookedPayment
from core.shop.webhooks import Endpoint


class AttentionItem(BaseModel):
    """Something that a person must look at; `reason` is a code.

    `bot_failed`: why it does not run. `payment_unbooked`: why no module accepted the payment of
    `amount_minor` in `currency`, charged under `charge_id`. `bot_claimed`: somebody tried, `count`
    times, to connect the bot to another shop, with its own token (`own_token`) or another one
    (`other_token`). `bill_refused`: Telegram's error to a bill for `subject` of `amount_minor` in
    `currency`, and how often (`count`). `updates_skipped`: why Telegram could not deliver `count`
    updates (0: it does not say how many), which nobody has handled. `bot_used_elsewhere`: what of
    the bot was changed at Telegram (`name`, `username`, `about`, `description`, `menu`,
    `commands`), or `message`: `count` were sent in its name, by somebody else who has its token or
    by the owner with another program. The last three have a `notice_id`. `job_failed`: what
    `module` (its `title`) could not do, `count` times; it is tried again. `module_says`: what a
    module wants done, in its own words; `link` is a path below it.
    `contact_missing`: the shop's bots take money, and its imprint has no way to reach the seller.
    `access_alert`: something unusual about the panel's links (`/v1/access/alerts`), of which kind
    and how often; `subject` is the link's label and number, or the address, `alert_id` names it; it
    belongs to no shop (`shop_id` and `bot_id` 0), and only owners read it.
    `rate_missing`: on `count` days since `at` the shop's sums in its own `currency` are unknown,
    because it sold in the currencies listed in `reason` (comma-separated), which have no rate; it
    belongs to no bot (`bot_id` 0). `webhook_failed`: the web hook `webhook_id`, whose label is
    `subject`, was switched off after days of failures, the last of which is `reason`;
    `webhook_parked`: `count` of its messages were given up and wait to be replayed or dropped.
    `is_periodic`: a job that runs again anyway, and cannot be given
    up. `fraud_held`: in the last days bots held off `count` shoppers whom nobody has decided about,
    for the abuses in `reason` (comma-separated); it belongs to no bot (`bot_id` 0).
    """

    kind: Literal[
        "bot_failed",
        "payment_unbooked",
        "bot_claimed",
        "bill_refused",
        "updates_skipped",
        "bot_used_elsewhere",
        "job_failed",
        "module_says",
        "contact_missing",
        "rate_missing",
        "access_alert",
        "webhook_failed",
        "webhook_parked",
        "fraud_held",
    ]
    shop_id: int
    bot_id: int
    at: datetime
    reason: str
    amount_minor: int | None = None
    currency: str | None = None
    charge_id: str | None = None
    count: int = 1
    subject: str | None = None
    notice_id: int | None = None
    alert_id: int | None = None
    webhook_id: int | None = None
    module: str | None = None
    title: Translated | None = None
    text: Translated | None = None
    link: str | None = None
    job_id: int | None = None
    is_periodic: bool = False


def failed_bots(bots: Iterable[Bot]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="bot_failed",
            shop_id=bot.shop_id,
            bot_id=bot.id,
            at=bot.state_changed_at,
            reason=bot.state_reason or "",
        )
        for bot in bots
        if bot.state == "failed"
    ]


def unbooked_payments(payments: Iterable[UnbookedPayment]) -> list[AttentionItem]:
    shared = {"shop_id", "bot_id", "reason", "amount_minor", "currency", "charge_id"}
    return [
        AttentionItem(
            kind="payment_unbooked", at=payment.occurred_at, **payment.model_dump(include=shared)
        )
        for payment in payments
    ]


def claims(found: Iterable[Claim], bots: Iterable[Bot]) -> list[AttentionItem]:
    """Those among `found` that concern one of the bots."""
    shop_of = {bot.id: bot.shop_id for bot in bots}
    return [
        AttentionItem(
            kind="bot_claimed",
            shop_id=shop_of[claim.bot_id],
            bot_id=claim.bot_id,
            at=claim.last_at,
            reason="own_token" if claim.knows_token else "other_token",
            count=claim.attempts,
        )
        for claim in found
        if claim.bot_id in shop_of
    ]


def stored_notices(found: Iterable[StoredNotice]) -> list[AttentionItem]:
    shared = {"kind", "shop_id", "bot_id", "reason", "amount_minor", "currency", "subject"}
    return [
        AttentionItem(
            at=notice.last_at,
            count=notice.times,
            notice_id=notice.id,
            **notice.model_dump(include=shared),
        )
        for notice in found
    ]


def failed_jobs(jobs: Iterable[tuple[FailedJob, Bilingual]]) -> list[AttentionItem]:
    """Each job with its module's title."""
    return [
        AttentionItem(
            kind="job_failed",
            at=job.failed_at,
            reason=job.error,
            count=job.attempts,
            title=Translated.of(title),
            job_id=job.id,
            **job.model_dump(include={"shop_id", "bot_id", "module", "is_periodic"}),
        )
        for job, title in jobs
    ]


def module_requests(requests: Iterable[tuple[Bot, NeedsYou]]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="module_says",
            shop_id=bot.shop_id,
            bot_id=bot.id,
            at=item.at,
            reason=item.kind,
            count=item.count,
            module=item.module,
            title=Translated.of(item.title),
            text=Translated.of(item.text),
            link=item.link or None,
        )
        for bot, item in requests
    ]


def missing_rates(lacking: Iterable[MissingRate]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="rate_missing",
            shop_id=lack.shop_id,
            bot_id=0,
            at=lack.since,
            reason=", ".join(lack.currencies),
            currency=lack.base_currency,
            count=lack.days,
        )
        for lack in lacking
    ]


def access_alerts(found: Iterable[StoredAlert]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="access_alert",
            shop_id=0,
            bot_id=0,
            at=alert.last_at,
            reason=alert.kind,
            count=alert.times,
            subject=named(alert.label or "", alert.link_id)
            if alert.link_id is not None
            else alert.subject or None,
            alert_id=alert.id,
        )
        for alert in found
    ]


def webhooks_in_trouble(found: Iterable[Endpoint]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="webhook_failed" if endpoint.state == "failed" else "webhook_parked",
            shop_id=endpoint.shop_id,
            bot_id=0,
            at=endpoint.failing_since or endpoint.created_at,
            reason=endpoint.last_error or "",
            count=endpoint.parked,
            subject=endpoint.label,
            webhook_id=endpoint.id,
        )
        for endpoint in found
    ]


def held_shoppers(found: Iterable[Undecided]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="fraud_held",
            shop_id=each.shop_id,
            bot_id=0,
            at=each.last_at,
            reason=", ".join(each.abuses),
            count=each.shoppers,
        )
        for each in found
    ]


def missing_contacts(bots: Sequence[Bot]) -> list[AttentionItem]:
    return [
        AttentionItem(
            kind="contact_missing",
            shop_id=bot.shop_id,
            bot_id=bot.id,
            at=bot.state_changed_at,
            reason="",
        )
        for bot in bots
    ]
