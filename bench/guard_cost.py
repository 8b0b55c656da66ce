"""What the fraud guard adds to an update: time in the process, and its p99.

    python -m bench.guard_cost [--shoppers 2000] [--updates 200000] [--seed 1]

Updates of made-up shoppers (starts, presses, texts, products opened; one in fifty floods) go
through `Guard.step` and `Guard.handled` as they do in a worker, with verdicts about every tenth
shopper. Beside it stands what the update costs in all, which `bench.update_cost` measures: the goal
of a guard is a p99 below 5 ms an update.
"""

import argparse
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

from bots.runtime.fraud_scores import ShopRules
from bots.runtime.fraud_watch import FraudWatch, ShopFraud
from bots.runtime.guard import Guard
from bots.sdk import updates as sdk
from core.events import Actor, Emitted, Event
from core.postgres import Pool
from core.shop.risk_standing import Blocked, ShopStanding
from core.taxonomy import TAXONOMY

_SHOP = 1
_GOAL_MS = 5.0
_BEGAN = datetime(2026, 3, 10, 12, tzinfo=UTC)


def updates(
    shoppers: int, count: int, chance: random.Random
) -> Iterator[tuple[int, sdk.Update, Event]]:
    """Shopper, update, and the event that it leads to; a hundred updates a second."""
    for number in range(count):
        at = _BEGAN + timedelta(milliseconds=10 * number)
        floods = chance.random() < 0.2
        who = chance.randrange(max(1, shoppers // 50)) if floods else chance.randrange(shoppers)
        kind = chance.random()
        if kind < 0.1:
            start = sdk.Start(chat_id=who, occurred_at=at, code="")
            yield who, start, Event(TAXONOMY["bot_started"], occurred_at=at)
        elif kind < 0.3:
            text = sdk.Message(chat_id=who, occurred_at=at, kind="text", text="How much is it?")
            props = {"likeness": text.likeness, "link": text.has_link}
            yield who, text, Event(TAXONOMY["message_received"], occurred_at=at, props=props)
        else:
            press = sdk.Button(
                chat_id=who, occurred_at=at, action="product", query_id=1, message_id=1
            )
            name = "product_viewed" if kind < 0.6 else "button_pressed"
            product = chance.randrange(1, 200) if name == "product_viewed" else 0
            yield who, press, Event(TAXONOMY[name], occurred_at=at, product_id=product)


def measure(shoppers: int, count: int, seed: int) -> tuple[list[float], int]:
    """Seconds of processor time of each update, and how many were held off."""
    blocked = {who: {"scrape": Blocked(80, None, False)} for who in range(0, shoppers, 10)}
    watch = FraudWatch(cast(Pool, None))  # nothing is stored here
    watch.listening(True)
    standing = ShopStanding(frozenset(), {}, blocked, {}, on_sale=200)
    watch.learn(_SHOP, ShopFraud(standing, ShopRules.of([], None)))
    guard = Guard(watch, bot_id=7)
    took, held = [], 0
    for who, update, event in updates(shoppers, count, random.Random(seed)):
        emitted = [Emitted(Actor(buyer_no=who + 1), event)]
        began = time.thread_time()
        if guard.step(_SHOP, who, update) == "drop":
            guard.dropped(_SHOP, who, update)
            held += 1
        else:
            guard.handled(_SHOP, who, who + 1, emitted)
        took.append(time.thread_time() - began)
    return took, held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shoppers", type=int, default=2000)
    parser.add_argument("--updates", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--update-ms", type=float, help="what an update costs without the guard")
    options = parser.parse_args()
    took, held = measure(options.shoppers, options.updates, options.seed)
    took.sort()
    mean = sum(took) / len(took) * 1e3
    p99 = took[int(len(took) * 0.99)] * 1e3
    print(
        f"{len(took)} updates of {options.shoppers} shoppers, {held} held off: "
        f"mean {mean * 1e3:.0f} µs, p99 {p99 * 1e3:.0f} µs, most {took[-1] * 1e3:.2f} ms"
    )
    if options.update_ms:
        whole = options.update_ms + mean
        print(f"with the guard an update costs {whole / options.update_ms:.3f} of that without")
    print(f"p99 {p99:.3f} ms, the goal is below {_GOAL_MS} ms: {p99 / _GOAL_MS:.3f} of it")


if __name__ == "__main__":
    main()
