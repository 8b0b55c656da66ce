"""The guard: stands before a bot's handlers and counts what each shopper does, as they do it.

By the scores of the hour so far, or by a verdict, a flooder's updates are counted and not answered
(a ban that doubles each time), a spammer's texts are not answered, and who copies the catalogue is
answered slowly. Payments, pre-checkouts, refunds, blocks, staff and who is on the allow-list are
never touched.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from bots.runtime import counting
from bots.runtime.fraud_scores import FLOODING, SCRAPING, SPAMMING, Score, ShopRules, score
from bots.runtime.fraud_watch import FraudWatch, ShopFraud
from bots.runtime.shopper_counters import LOOKED_AT, Moment, Reading, ShopperCounters
from bots.sdk import updates as sdk
from core.events import Emitted, Event
from core.shop.risk_actions import Action, ActionDraft, ActionReason

FIRST_BAN_MS = 60_000
LONGEST_BAN_MS = 86_400_000
FORGIVEN_MS = 3_600_000  # so long after a ban's end the next one is a first one again
SLOW_MS = 600_000
SLOW_SECONDS = 1.0
SHOPPERS = 2000  # of a bot; those who did nothing for longest are forgotten
_UNTOUCHED = (
    sdk.PaymentReceived,
    sdk.PaymentRefunded,
    sdk.Urgent,
    sdk.OfGroup,
    sdk.Blocked,
    sdk.Unblocked,
)

Step = Literal["handle", "drop", "slow"]


class _Cause(NamedTuple):
    """Why something is done about somebody."""

    abuse: str
    score: float
    reasons: tuple[ActionReason, ...]


_NO_CAUSE = _Cause("flood", 0.0, ())


@dataclass(slots=True)
class _Restraint:
    """Something that is done about a shopper until a time, longer each time it begins anew."""

    until: int = 0
    length: int = 0
    cause: _Cause = _NO_CAUSE

    def begin(self, now: int, cause: _Cause) -> None:
        if now < self.until:
            return
        is_again = self.length and now - self.until < FORGIVEN_MS
        self.length = min(2 * self.length, LONGEST_BAN_MS) if is_again else FIRST_BAN_MS
        self.until = now + self.length
        self.cause = cause


@dataclass(slots=True)
class _Shopper:
    counters: ShopperCounters = field(default_factory=ShopperCounters)
    ban: _Restraint = field(default_factory=_Restraint)
    mute: _Restraint = field(default_factory=_Restraint)
    slow_until: int = 0
    slow_cause: _Cause = _NO_CAUSE


class Guard:
    """Of one bot."""

    def __init__(self, watch: FraudWatch, bot_id: int) -> None:
        self._watch = watch
        self._bot_id = bot_id
        self._shoppers: OrderedDict[int, _Shopper] = OrderedDict()

    @property
    def known(self) -> int:
        """How many shoppers are being counted."""
        return len(self._shoppers)

    def step(self, shop_id: int, telegram_id: int, update: sdk.Update) -> Step:
        """What is to be done with an update; `drop`: it is counted and not answered."""
        if isinstance(update, _UNTOUCHED):
            return "handle"
        shop = self._watch.of(shop_id)
        if shop is None or telegram_id in shop.standing.allowed:
            return "handle"
        found = self._decided(shop, telegram_id, update) or self._counted(telegram_id, update)
        if found is None:
            return "handle"
        action, cause = found
        self._tell(shop_id, telegram_id, action, cause, update.occurred_at)
        if self._watch.mode == "shadow":
            return "handle"
        return "slow" if action == "slow" else "drop"

    def _decided(
        self, shop: ShopFraud, telegram_id: int, update: sdk.Update
    ) -> tuple[Action, _Cause] | None:
        """By a verdict."""
        blocked = shop.standing.blocked.get(telegram_id)
        if blocked is None:
            return None
        stands = {
            abuse: each
            for abuse, each in blocked.items()
            if each.until is None or update.occurred_at < each.until
        }
        flood = stands.get("flood")
        if flood is not None:
            if not flood.is_spam:
                return "drop", _Cause("flood", flood.score, flood.reasons)
            if isinstance(update, sdk.Message):
                return "mute", _Cause("flood", flood.score, flood.reasons)
        scrape = stands.get("scrape")
        if scrape is not None:
            return "slow", _Cause("scrape", scrape.score, scrape.reasons)
        return None

    def _counted(self, telegram_id: int, update: sdk.Update) -> tuple[Action, _Cause] | None:
        """By what they have been doing."""
        shopper = self._shoppers.get(telegram_id)
        if shopper is None:
            return None
        now = milliseconds(update.occurred_at)
        if now < shopper.ban.until:
            return "drop", shopper.ban.cause
        if now < shopper.mute.until and isinstance(update, sdk.Message):
            return "mute", shopper.mute.cause
        if now < shopper.slow_until:
            return "slow", shopper.slow_cause
        return None

    def _tell(
        self, shop_id: int, telegram_id: int, action: Action, cause: _Cause, at: datetime
    ) -> None:
        self._watch.note(
            ActionDraft(
                shop_id=shop_id,
                bot_id=self._bot_id,
                telegram_id=telegram_id,
                abuse=cause.abuse,
                action=action,
                score=cause.score,
                at=at,
                reasons=cause.reasons,
                is_shadow=self._watch.mode == "shadow",
            )
        )

    def dropped(self, shop_id: int, telegram_id: int, update: sdk.Update) -> None:
        """Counts an update that is not handled as if it were: a flood does not end because nobody
        answers it."""
        event = counting.event_of(update, is_first=False, is_observed=True)
        if event is not None:
            self._note(shop_id, telegram_id, [event])

    def handled(
        self, shop_id: int, telegram_id: int, buyer_no: int, emitted: Iterable[Emitted]
    ) -> None:
        """Counts what an update that is committed has led to; of staff and test shoppers nothing,
        as in the hourly job."""
        events = [
            each.event
            for each in emitted
            if each.event.type.name in LOOKED_AT
            and not _was_locked(each.event)
            and each.actor.buyer_no == buyer_no
            and not (each.actor.is_staff or each.actor.is_test)
        ]
        if events:
            self._note(shop_id, telegram_id, events)

    def _note(self, shop_id: int, telegram_id: int, events: Sequence[Event]) -> None:
        shop = self._watch.of(shop_id)
        shopper = self._shopper(telegram_id, milliseconds(events[0].occurred_at))
        on_sale = shop.standing.on_sale if shop is not None else None
        readings = [
            reading
            for event in events
            for reading in shopper.counters.note(moment_of(event), on_sale)
        ]
        if shop is None or not readings:
            return
        starts = shop.rules.starts
        live = {
            reading.rule
            for reading in readings
            if reading.value > starts.get(reading.rule, float("inf"))
        }
        if live:
            self._judge(shop_id, shop, telegram_id, shopper, live, readings[-1])

    def _shopper(self, telegram_id: int, now: int) -> _Shopper:
        found = self._shoppers.get(telegram_id)
        if found is None:
            self._make_room(now)
            found = self._shoppers[telegram_id] = _Shopper()
        else:
            self._shoppers.move_to_end(telegram_id)
        return found

    def _make_room(self, now: int) -> None:
        """Forgets who was there for longest ago: at once if there are too many, else after an
        hour."""
        for _ in range(2):
            oldest = next(iter(self._shoppers), None)
            if oldest is None:
                return
            shopper = self._shoppers[oldest]
            is_over = now > max(shopper.counters.newest, shopper.ban.until) + FORGIVEN_MS
            if is_over or len(self._shoppers) >= SHOPPERS:
                del self._shoppers[oldest]

    def _judge(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # all of a case
        self,
        shop_id: int,
        shop: ShopFraud,
        telegram_id: int,
        shopper: _Shopper,
        live: set[str],
        last: Reading,
    ) -> None:
        """Begins what the scores of the hour call for, if what was just done is a part of it."""
        peaks = shopper.counters.peaks.get(last.hour, {})
        now = shopper.counters.newest
        snoozed = shop.standing.snoozed.get(telegram_id, frozenset())
        for abuse, rules in (("flood", FLOODING | SPAMMING), ("scrape", SCRAPING)):
            if not live & rules or _is_trusted(shop, telegram_id, abuse):
                continue
            found = score(peaks, abuse, shop.rules, snoozed)
            action = _action(live, peaks, shop.rules, abuse)
            if found.score >= shop.rules.block:
                _begin(shopper, action, now, _cause(abuse, found))
            elif found.shadow_score >= shop.rules.block:
                self._watch.note(
                    ActionDraft(
                        shop_id=shop_id,
                        bot_id=self._bot_id,
                        telegram_id=telegram_id,
                        abuse=abuse,
                        action=action,
                        score=found.shadow_score,
                        at=datetime.fromtimestamp(now / 1000, UTC),
                        reasons=found.reasons,
                        is_shadow=True,
                    )
                )


def _was_locked(event: Event) -> bool:
    """A promo code that was not looked at is no guess."""
    is_code = event.type.name == "promo_rejected"
    return is_code and (event.props or {}).get("reason") == "locked"


def _is_trusted(shop: ShopFraud, telegram_id: int, abuse: str) -> bool:
    """By a person's word: for everything, or for this abuse."""
    standing = shop.standing
    return telegram_id in standing.allowed or abuse in standing.cleared.get(telegram_id, ())


def _cause(abuse: str, found: Score) -> _Cause:
    return _Cause(abuse, found.score, tuple(each for each in found.reasons if not each.is_shadow))


def _action(live: set[str], peaks: Mapping[str, float], shop: ShopRules, abuse: str) -> Action:
    """Texts alone are only muted: buttons go on working."""
    if abuse == "scrape":
        return "slow"
    starts = shop.starts
    is_flood = any(peaks.get(rule, 0.0) > starts.get(rule, float("inf")) for rule in FLOODING)
    return "drop" if is_flood and (live & FLOODING) else "mute"


def _begin(shopper: _Shopper, action: Action, now: int, cause: _Cause) -> None:
    if action == "slow":
        shopper.slow_until, shopper.slow_cause = now + SLOW_MS, cause
    elif action == "mute":
        shopper.mute.begin(now, cause)
    else:
        shopper.ban.begin(now, cause)


def milliseconds(moment: datetime) -> int:
    """Since 1970, cut off as ClickHouse stores it."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def moment_of(event: Event) -> Moment:
    """An event as the counters see it."""
    props = event.props or {}
    return Moment(
        milliseconds(event.occurred_at),
        event.type.name,
        event.product_id,
        props.get("likeness", 0),
        props.get("link", False),
    )
