"""What the crowd did, shown to the guard at the pace of people.

A test's crowd is a hundred times as fast as people are, and as slow as a busy machine: how far its
acts lie apart says nothing. So each person's acts are taken in their order, and as far apart as the
demo's people think; whoever presses twice does so at once, and a third time when they have looked.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from bots.runtime.fraud_scores import ShopRules
from bots.runtime.fraud_watch import FraudWatch, ShopFraud
from bots.runtime.guard import Guard
from bots.runtime.shopper_counters import LOOKED_AT
from bots.sdk import updates as sdk
from core.events import Actor, Emitted, Event
from core.postgres import Pool
from core.shop.risk_standing import ShopStanding
from core.taxonomy import TAXONOMY

BEGINS = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
# Between two visits of somebody who comes very often. The crowd comes again at once, as often as
# the machine has the time for, which nobody does.
AWAY = timedelta(minutes=10)
TWICE = timedelta(milliseconds=100)
_UPDATES = ("bot_started", "message_received", "button_pressed")

Person = tuple[int, int]


def held_off(
    rows: Iterable[Mapping[str, Any]], on_sale: int, thinking_seconds: float
) -> dict[Person, set[str]]:
    """What is done about whom, by shop and number: `drop`, `mute`, `slow`. `rows` are events in
    the order in which they were committed."""
    acts = defaultdict[Person, list[Mapping[str, Any]]](list)
    for row in rows:
        if row["event"] in LOOKED_AT and row["buyer_no"]:
            acts[row["shop_id"], row["buyer_no"]].append(row)
    return {
        who: _done(did, on_sale, Random(str(who)), thinking_seconds) for who, did in acts.items()
    }


def _done(
    acts: Iterable[Mapping[str, Any]], on_sale: int, dice: Random, thinking_seconds: float
) -> set[str]:
    watch = FraudWatch(cast(Pool, None))
    watch.listening(True)
    standing = ShopStanding(frozenset(), {}, {}, {}, on_sale=on_sale)
    watch.learn(1, ShopFraud(standing, ShopRules.of([], None)))
    guard = Guard(watch, 7)
    for update, events in _updates(acts, dice, thinking_seconds):
        if guard.step(1, 1, update) == "drop":
            guard.dropped(1, 1, update)
        else:
            guard.handled(1, 1, 5, [Emitted(Actor(buyer_no=5), each) for each in events])
    return {each.action for each in watch.noted}


def _updates(
    acts: Iterable[Mapping[str, Any]], dice: Random, thinking_seconds: float
) -> Iterator[tuple[sdk.Update, list[Event]]]:
    """Each update with the events that it led to."""
    now, last, update, led_to = BEGINS, "", cast(sdk.Update | None, None), list[Event]()
    for act in acts:
        props = json.loads(act["props"] or "{}")
        if act["event"] in _UPDATES:
            if update is not None:
                yield update, led_to
            action = f"{act['event']} {props.get('action', '')}"
            is_again = action == last
            now += _pause(act["event"], is_again=is_again, props=props) or timedelta(
                seconds=dice.expovariate(1 / thinking_seconds)
            )
            last, led_to, update = "" if is_again else action, [], _update(act["event"], now)
        led_to.append(_event(act, now, props))
    if update is not None:
        yield update, led_to


def _pause(name: str, *, is_again: bool, props: Mapping[str, Any]) -> timedelta | None:
    """None: as long as somebody thinks."""
    if name == "bot_started":
        return None if props.get("is_first") else AWAY
    return TWICE if is_again and name == "button_pressed" else None


def _update(name: str, at: datetime) -> sdk.Update:
    if name == "bot_started":
        return sdk.Start(chat_id=1, occurred_at=at, code="")
    if name == "message_received":
        return sdk.Message(chat_id=1, occurred_at=at, kind="text", text="")
    return sdk.Button(
        chat_id=1, occurred_at=at, query_id=1, message_id=1, action="menu", argument=""
    )


def _event(act: Mapping[str, Any], at: datetime, props: dict[str, Any]) -> Event:
    return Event(
        TAXONOMY[act["event"]], occurred_at=at, product_id=act["product_id"] or 0, props=props
    )
