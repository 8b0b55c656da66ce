"""What a worker knows about fraud in the shops of its bots: verdicts and rules, loaded when a bot
begins and again whenever PostgreSQL notifies (`vitrina_fraud`); and what was done, stored behind.

A shop that is not loaded yet, or may have changed unheard, hinders nobody who is only looking:
browsing fails open. Money and goods do not ask here (`core.shop.risk_standing`).
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple

import structlog

from bots.runtime.fraud_scores import SPAMMING, ShopRules
from bots.runtime.outage import AWAY
from core.postgres import Connection, Pool
from core.shop import fraud_settings, risk_actions, risk_standing
from core.shop.risk_actions import ActionDraft
from core.shop.risk_standing import ShopStanding

log = structlog.get_logger()

ABUSES = ("flood", "scrape")
FLUSH_SECONDS = 2.0
FAILED_SECONDS = 60.0  # until a shop that cannot be read is tried again
AGAIN_SECONDS = 300.0  # snoozes end and catalogues grow without a notice
UNUSED_SECONDS = 3600.0
MOST_DRAFTS = 2000
_FORGET_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class ShopFraud:
    """A shop's verdicts and rules."""

    standing: ShopStanding
    rules: ShopRules


@dataclass(slots=True)
class _Known:
    fraud: ShopFraud | None = None
    is_due: bool = False
    loaded_at: float = 0.0
    used_at: float = 0.0


class _Cause(NamedTuple):
    shop_id: int
    bot_id: int
    telegram_id: int
    abuse: str
    action: str
    is_shadow: bool


Mode = Literal["on", "shadow", "off"]


class FraudWatch:
    """Of one worker, for all its bots. `shadow`: what would be done is noted, and nothing done."""

    def __init__(self, pool: Pool, mode: Mode = "on") -> None:
        self.mode = mode
        self._pool = pool
        self._shops: dict[int, _Known] = {}
        self._drafts: dict[_Cause, ActionDraft] = {}
        self._work = asyncio.Event()
        self._is_listening = False
        self._forgot_at = 0.0

    def of(self, shop_id: int) -> ShopFraud | None:
        """None while nothing is known of it, or changes might not be heard, or if it is off."""
        if self.mode == "off":
            return None
        known = self._shops.get(shop_id)
        if known is None:
            known = self._shops[shop_id] = _Known(is_due=True)
            self._work.set()
        known.used_at = time.monotonic()
        return known.fraud if self._is_listening else None

    def heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """A notice has come."""
        text = str(payload)
        if text.isdigit():
            self.changed(int(text))

    def changed(self, shop_id: int) -> None:
        """The shop's verdicts or rules are others now."""
        known = self._shops.get(shop_id)
        if known is not None:
            known.is_due = True
            self._work.set()

    def listening(self, is_so: bool) -> None:
        """Whether notices are heard; when they are again, some may have been missed."""
        self._is_listening = is_so
        if is_so:
            for known in self._shops.values():
                known.is_due = True
            self._work.set()

    def learn(self, shop_id: int, fraud: ShopFraud) -> None:
        """A shop's verdicts and rules have been read."""
        known = self._shops.setdefault(shop_id, _Known(used_at=time.monotonic()))
        known.fraud, known.loaded_at = fraud, time.monotonic()

    def note(self, draft: ActionDraft) -> None:
        """Keeps what was done until it is stored, all of one kind together."""
        cause = _Cause(
            draft.shop_id,
            draft.bot_id,
            draft.telegram_id,
            draft.abuse,
            draft.action,
            draft.is_shadow,
        )
        before = self._drafts.get(cause)
        if before is not None:
            draft = draft.model_copy(update={"times": before.times + draft.times})
        elif len(self._drafts) >= MOST_DRAFTS:
            return
        self._drafts[cause] = draft

    @property
    def noted(self) -> list[ActionDraft]:
        """What was done and is not stored yet."""
        return list(self._drafts.values())

    async def run(self) -> None:
        """Loads and stores until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._work.wait()
            self._work.clear()
            try:
                await self.load()
                await self.flush()
            except AWAY as error:
                log.warning("fraud verdicts wait for PostgreSQL", error=repr(error))
                await asyncio.sleep(FLUSH_SECONDS)
            except Exception:  # pylint: disable=broad-exception-caught  # the bots go on
                log.exception("the fraud watch goes on after an error")
                await asyncio.sleep(FLUSH_SECONDS)

    async def load(self) -> None:
        """Reads the shops that are due; one that cannot be read stays as it was for a minute, and
        holds up no other."""
        now = time.monotonic()
        for shop_id, known in list(self._shops.items()):
            if now - known.used_at > UNUSED_SECONDS:
                del self._shops[shop_id]
            elif known.is_due or now - known.loaded_at > AGAIN_SECONDS:
                known.is_due = False
                try:
                    async with self._pool.acquire() as connection:
                        self.learn(shop_id, await read(connection, shop_id))
                except (*AWAY, asyncio.CancelledError):
                    known.is_due = True
                    raise
                except Exception:  # pylint: disable=broad-exception-caught  # the others go on
                    log.exception("a shop's fraud verdicts cannot be read", shop_id=shop_id)
                    known.loaded_at = now - AGAIN_SECONDS + FAILED_SECONDS

    async def flush(self) -> None:
        """Stores what was done; what cannot be stored while PostgreSQL is away is kept for the next
        time."""
        drafts, self._drafts = self._drafts, {}
        is_due = time.monotonic() - self._forgot_at > _FORGET_SECONDS
        if not drafts and not (is_due and self._shops):
            return
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await risk_actions.note(connection, list(drafts.values()))
                if is_due:
                    await risk_actions.forget(connection)
        except (*AWAY, asyncio.CancelledError):
            self._keep(drafts.values())
            raise
        except Exception:
            # Kept, what cannot be stored would stand in the way of all that comes after it.
            log.error("notes of the fraud watch are lost", notes=len(drafts))
            raise
        if is_due:
            self._forgot_at = time.monotonic()

    def _keep(self, drafts: Iterable[ActionDraft]) -> None:
        for draft in drafts:
            self.note(draft)


async def read(connection: Connection, shop_id: int) -> ShopFraud:
    """A shop's verdicts and rules as they are stored."""
    standing = await risk_standing.of_shop(connection, shop_id, ABUSES, SPAMMING)
    changes = await fraud_settings.changes(connection, shop_id)
    limits = await fraud_settings.limits_of(connection, shop_id)
    return ShopFraud(standing, ShopRules.of(changes, limits))
