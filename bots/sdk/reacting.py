"""Running the modules' reactions to events of a transaction, whatever caused it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from asyncpg import InterfaceError

from bots.sdk import later
from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule, LoadedModule, enable
from bots.sdk.reactions import Reaction
from bots.sdk.transaction import Transaction, while_open
from core.events import Emitted, Origin
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bots, module_texts, shops

log = structlog.get_logger()

# Reactions may cause reactions; a longer chain than this is a cycle.
REACTION_ROUNDS = 8
REACTION_SECONDS = 1.5  # for a reaction that is not required


async def react(transaction: Transaction) -> None:
    """Runs the enabled modules' reactions to all emitted events, and writes the kept events.

    Raises RuntimeError if reactions cause each other endlessly, and what a required one raises.
    """
    await run_reactions(transaction)
    await transaction.write_events()


async def run_reactions(transaction: Transaction) -> None:
    """As `react`, but leaves writing events without reactions to the caller."""
    seen = 0
    for _ in range(REACTION_ROUNDS):
        if not _calls_for_reactions(transaction, seen):
            return
        await transaction.write_events()
        fresh = transaction.journal[seen:]
        seen += len(fresh)
        for emitted in fresh:
            for item in transaction.enabled:
                for reaction in item.module.reactions.to(emitted.event.type):
                    await _run(transaction, item, reaction, emitted)
    raise RuntimeError("reactions cause each other without an end")


def _calls_for_reactions(transaction: Transaction, seen: int) -> bool:
    types = {emitted.event.type.name for emitted in transaction.emitted_since(seen)}
    return any(not types.isdisjoint(item.module.reactions.types) for item in transaction.enabled)


async def _run(
    transaction: Transaction, item: EnabledModule, reaction: Reaction, emitted: Emitted
) -> None:
    scope = await scope_of(transaction, item, emitted)
    if reaction.is_required:
        await reaction.act(scope, emitted.event)
        return
    mark = transaction.mark()
    try:
        async with asyncio.timeout(REACTION_SECONDS), transaction.connection.transaction():
            with transaction.carefully():
                await reaction.act(scope, emitted.event)
    except InterfaceError:  # the connection is gone: nothing of the transaction will be committed
        raise
    except Exception as error:  # pylint: disable=broad-exception-caught  # a module's own
        if transaction.connection.is_closed():
            raise
        transaction.return_to(mark)
        log.exception("a reaction failed", module=item.key, reaction=reaction.name)
        await later.retry_reaction(scope, reaction.name, emitted, error)


async def scope_of(transaction: Transaction, item: EnabledModule, emitted: Emitted) -> Scope[Any]:
    """A module's scope, for the customer that an event belongs to."""
    customer = await transaction.person(emitted.actor.buyer_no)
    return Scope(transaction, item, customer, emitted.actor)


@asynccontextmanager
async def acting(
    connection: Connection,
    loaded: Mapping[str, LoadedModule],
    bot_id: int,
    keys: KeyRing | None = None,
) -> AsyncIterator[Transaction]:
    """What anybody but the bot itself does to a bot's shop: the panel, a web hook, a command.

    Inside the caller's database transaction; pass `transaction.origin` on to core. At the end of
    the block the events are written and the bot's modules react, as if it had happened in the bot;
    what it sends or puts off is taken up once the caller commits. Raises NotFound for a bot that is
    not there, and what a required reaction raises.
    """
    bot = await bots.get(connection, bot_id)
    shop = await shops.get(connection, bot.shop_id)
    enabled: list[EnabledModule] = []
    if bot.mode != "observed":
        enabled, _ = enable(
            loaded,
            await bots.enabled_modules(connection, bot_id),
            keys,
            own_texts=await module_texts.of_bot(connection, bot_id),
        )
    transaction = Transaction(
        connection,
        Origin(shop.id, bot.id, bot.mode, shop.retention_days),
        shop,
        bot_username=bot.username or "",
        enabled=enabled,
    )
    with while_open():
        yield transaction
        await react(transaction)
    if transaction.jobs or transaction.queued:
        await bots.announce(connection, bot_id)
