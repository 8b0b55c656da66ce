"""The guard at the door of a bot's lanes: who is held off is counted in groups, not answered."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from bots.runtime.bot_config import BotConfig
from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.guard import SLOW_SECONDS, Guard
from bots.runtime.handling import Handling, Result
from bots.runtime.observing import Observer
from bots.runtime.update_stream import Arrival
from bots.sdk.updates import PaymentReceived, PaymentRefunded

_SLOW_LANE = 20  # updates of a shopper who is answered slowly; more are not answered at all


class Door:
    """Of one bot; `dropped` counts what is not handled, in a task that `start` runs. Without
    `fraud` everybody is let in."""

    def __init__(
        self,
        fraud: FraudWatch | None,
        bot_id: int,
        dropped: Observer,
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._guard = None if fraud is None or fraud.mode == "off" else Guard(fraud, bot_id)
        self._dropped = dropped
        self._start = start

    @property
    def waiting(self) -> int:
        """Updates that are held off and not counted yet."""
        return self._dropped.waiting

    async def let_in(
        self, arrival: Arrival, config: Callable[[], BotConfig], *, behind: Collection[Arrival]
    ) -> bool:
        """Whether an update is to be handled; `behind`: what waits of the same person. Money never
        waits behind a pause."""
        if self._guard is None or config().is_observed:
            return True
        shop_id = config().shop.id
        translation = arrival.translation
        who, update = translation.profile.telegram_id, translation.update
        step = self._guard.step(shop_id, who, update)
        if step == "handle":
            return True
        if step == "slow" and len(behind) < _SLOW_LANE:
            if not any(map(_is_money, behind)):
                await asyncio.sleep(SLOW_SECONDS)
            return True
        self._guard.dropped(shop_id, who, update)
        if self._dropped.add(arrival):
            self._start(self._dropped.run(config))
        return False

    def handled(self, handling: Handling, result: Result) -> None:
        """Counts what an update has led to, once it is committed."""
        if self._guard is not None and result.buyer_no:
            who = handling.arrival.translation.profile.telegram_id
            self._guard.handled(handling.config.shop.id, who, result.buyer_no, result.emitted)


def _is_money(arrival: Arrival) -> bool:
    return isinstance(arrival.translation.update, PaymentReceived | PaymentRefunded)
