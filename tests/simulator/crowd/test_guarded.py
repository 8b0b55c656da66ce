"""The crowd before the guard: nobody honest is held off, flooders and spammers are.

The crowd is sixteen times as fast as people; the guard is shown what it did at their pace.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pyrogram.handlers import RawUpdateHandler

from bots.runtime import counting
from bots.runtime.fraud_scores import ShopRules
from bots.runtime.fraud_watch import FraudWatch, ShopFraud
from bots.runtime.guard import Guard
from bots.runtime.translate import Translation, translate
from bots.sdk import updates as sdk
from core.events import Actor, Emitted, Event
from core.postgres import Pool
from core.shop.risk_standing import ShopStanding
from core.taxonomy import TAXONOMY
from simulator.crowd import abuses, truth
from simulator.crowd.options import Role
from simulator.server import background
from tests.simulator.clients import TinyShop, until
from tests.simulator.crowd.conftest import MakeCrowd

SHOP = 1
FASTER = 16
PACE = {"FLOOD": 0.25, "SPAM": 0.4, "SCRAPE": 0.15, "ROBOT": 0.5, "GUESS": 1.5}
ROLES = {"buyer": 3, "window_shopper": 3, "impatient": 2, "returning_buyer": 2}
NOON = datetime(2026, 3, 10, 12, 1, tzinfo=UTC)


def emitted_by(update: sdk.Update) -> list[Event]:
    event = counting.event_of(update, is_first=False, is_observed=False)
    events = [] if event is None else [event]
    if isinstance(update, sdk.Button) and update.action == "product":
        number = int(update.argument)
        viewed = TAXONOMY["product_viewed"]
        events.append(Event(viewed, occurred_at=update.occurred_at, product_id=number))
    return events


def held_off(heard: list[tuple[float, Translation]]) -> Mapping[int, set[str]]:
    """Who is held off, and how, if all this happens at people's pace."""
    watch = FraudWatch(cast(Pool, None))
    watch.listening(True)
    standing = ShopStanding(frozenset(), {}, {}, {}, on_sale=2)
    watch.learn(SHOP, ShopFraud(standing, ShopRules.of([], None)))
    guard = Guard(watch, 7)
    began = heard[0][0]
    for at, translation in heard:
        moment = NOON + timedelta(seconds=(at - began) * FASTER)
        update = replace(translation.update, occurred_at=moment)
        who = translation.profile.telegram_id
        if guard.step(SHOP, who, update) == "drop":
            guard.dropped(SHOP, who, update)
        else:
            events = [Emitted(Actor(buyer_no=who), each) for each in emitted_by(update)]
            guard.handled(SHOP, who, who, events)
    held: dict[int, set[str]] = {}
    for noted in watch.noted:
        held.setdefault(noted.telegram_id, set()).add(noted.action)
    return held


async def test_only_abusers_are_held_off(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in PACE.items():
        monkeypatch.setattr(abuses, f"{name}_GAP_SECONDS", seconds / FASTER)
    heard: list[tuple[float, Translation]] = []

    async def hear(_client: Any, update: Any, users: Any, _chats: Any) -> None:
        found = translate(update, users, datetime.now(UTC))
        if found is not None:
            heard.append((asyncio.get_running_loop().time(), found))

    shop.client.add_handler(RawUpdateHandler(hear), group=-3)
    finished: set[int] = set()

    async def come(people: int, **options: Any) -> None:
        """Visits of so many people, until they are over."""
        crowd = make_crowd(thinking_seconds=0.8 / FASTER, return_share=0, **options)
        before = len(finished)

        def are_over() -> bool:
            seen = (each for each in truth.read(folder) if isinstance(each, truth.Visit))
            finished.update(each.telegram_id for each in seen)
            return len(finished) >= before + people

        async with background(crowd.come(300)):
            await until(are_over, f"visits of {people}")

    await come(4, seed=5, roles=ROLES)
    for seed, kind in ((6, "flood"), (7, "spam")):
        await come(1, seed=seed, abuse_share=1, abuses={kind: 1})
    held = held_off(heard)
    people = [each for each in truth.read(folder) if isinstance(each, truth.Person)]
    honest = {each.telegram_id for each in people if each.role is not Role.ABUSER}
    assert not honest & held.keys() and len(honest & finished) >= 4
    for kind, action in (("flood", "drop"), ("spam", "mute")):
        who = {each.telegram_id for each in people if each.abuse == kind} & finished
        assert who and all(action in held.get(each, set()) for each in who), kind
