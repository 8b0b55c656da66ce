"""The faults that the control port can cause in connections, keys and sessions."""

import asyncio
from typing import Any, assert_never

from pyrogram.raw import types

from simulator.control.requests import (
    Burst,
    ChangeSalts,
    ClearFaults,
    DropAtRandom,
    DropSockets,
    DuplicateKey,
    DuplicateUpdates,
    ForgetKeys,
    Latency,
    LoseAnswers,
    LoseUpdates,
    OrderFloodWait,
    RefuseCalls,
    RevokeToken,
    Trouble,
    UseToken,
)
from simulator.simulator import Simulator
from simulator.wire.connection import Connection
from simulator.wire.faults import FloodWait, LostAnswers, Refusal
from simulator.world import accounts, gestures, mailbox, profiles
from simulator.world.mailbox import Content

_SCOPES: dict[str, Any] = {
    "everybody": types.BotCommandScopeDefault,
    "private": types.BotCommandScopeUsers,
}


class Troubles:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._cutting: asyncio.Task[None] | None = None

    # pylint: disable-next=too-many-return-statements  # one for each kind of trouble
    def make(self, trouble: Trouble) -> Any:
        """Causes the fault; returns what the request's model says. Raises RpcError, LookupError."""
        match trouble:
            case DropSockets():
                return self._drop_sockets(trouble.account)
            case DropAtRandom():
                return self._drop_at_random(trouble)
            case RevokeToken():
                return self._revoke_token(trouble.bot)
            case ForgetKeys() | DuplicateKey() | ChangeSalts():
                return self._spoil_keys(trouble)
            case LoseUpdates():
                sessions = self._simulator.sessions.of_account(trouble.account)
                for session in sessions:
                    session.lose_updates(trouble.count)
                return len(sessions)
            case Burst():
                return self._burst(trouble)
            case UseToken():
                return self._use_token(trouble)
        return self._order(trouble)

    def stop(self) -> None:
        """Stop cutting connections at random."""
        if self._cutting is not None:
            self._cutting.cancel()
            self._cutting = None

    def _order(
        self,
        order: OrderFloodWait
        | RefuseCalls
        | Latency
        | LoseAnswers
        | DuplicateUpdates
        | ClearFaults,
    ) -> None:
        faults = self._simulator.world.faults
        match order:
            case OrderFloodWait():
                faults.flood_waits[order.method] = FloodWait(order.seconds, order.times)
            case RefuseCalls(times=0):
                faults.refusals.pop(order.method, None)
            case RefuseCalls():
                faults.refusals[order.method] = Refusal(order.code, order.error, order.times)
            case Latency():
                faults.latencies[order.method] = order.seconds
            case LoseAnswers():
                faults.lost_answers[order.method] = LostAnswers(order.share, order.times, order.cut)
            case DuplicateUpdates():
                faults.duplicated_share = order.share
            case ClearFaults():
                faults.clear()
                self.stop()
            case _:
                assert_never(order)

    def _connections(self, account: int | None) -> list[Connection]:
        """Those of one account, or all, the oldest first."""
        return [
            each
            for each in self._simulator.connections
            if account is None or (each.key is not None and each.key.account_id == account)
        ]

    def _drop_sockets(self, account: int | None) -> int:
        """Returns how many connections were cut."""
        doomed = self._connections(account)
        for connection in doomed:
            connection.abort()
        return len(doomed)

    def _drop_at_random(self, order: DropAtRandom) -> None:
        self.stop()
        if order.seconds:
            self._cutting = asyncio.create_task(self._cut(order))

    async def _cut(self, order: DropAtRandom) -> None:
        chance = self._simulator.world.faults.random
        with_end = asyncio.get_running_loop().time() + order.seconds
        while asyncio.get_running_loop().time() < with_end:
            await asyncio.sleep(chance.expovariate(order.per_second))
            connections = self._connections(order.account)
            if connections:
                chance.choice(connections).abort()

    def _revoke_token(self, bot_id: int) -> None:
        with self._simulator.world.change() as change:
            change.db.execute("UPDATE accounts SET token = NULL WHERE id = ?", (bot_id,))
            change.signed_out.append(bot_id)

    def _spoil_keys(self, order: ForgetKeys | DuplicateKey | ChangeSalts) -> int:
        """Returns how many connections were cut."""
        keys = self._simulator.keys
        match order:
            case ForgetKeys():
                dropped = self._drop_sockets(order.account)
                keys.forget(order.account)
                return dropped
            case DuplicateKey():
                for key in keys.of_account(order.account):
                    self._simulator.sessions.mark_duplicated(key)
            case ChangeSalts():
                keys.change_salts(order.account)
            case _:
                assert_never(order)
        return 0

    def _use_token(self, order: UseToken) -> None:
        """As from a session of its own: the bot's others are told of a message."""
        world = self._simulator.world
        bot = world.account(order.bot)
        with world.change() as change:
            profiles.describe(
                change, bot.id, name=order.name, about=order.about, description=order.description
            )
            if order.commands is not None:
                listed = [
                    types.BotCommand(command=each, description=each) for each in order.commands
                ]
                profiles.list_commands(
                    change, bot.id, listed, scope=_SCOPES[order.scope](), language=order.language
                )
            if order.person is not None:
                mailbox.send(change, bot, world.account(order.person), Content(order.text))

    def _burst(self, order: Burst) -> list[int]:
        world = self._simulator.world
        bot = world.account(order.bot)
        with world.change() as change:
            people = [
                accounts.add_person(change.db, first_name=f"Passer-by {number}")
                for number in range(1, order.people + 1)
            ]
        for number in range(order.messages):
            text = order.text.replace("{n}", str(number + 1))
            with world.change() as change:
                gestures.write(change, people[number % len(people)], bot, Content(text))
        return [each.id for each in people]
