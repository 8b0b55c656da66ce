"""The control port: what a test or an operator asks of the simulated world.

JSON lines over TCP on loopback: one request object a line, one answer object a line, such as

    {"op": "stats"}                                     -> {"ok": true, "result": {...}}
    {"op": "flood_wait", "method": "messages.sendMessage", "seconds": 5, "times": 1}
    {"op": "nonsense"}                                  -> {"ok": false, "error": "..."}

The operations are the models of `requests`; `call` is a client for one request.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import structlog
from pydantic import ValidationError
from pyrogram.raw import types

from simulator.control import reports
from simulator.control.requests import (
    REQUESTS,
    AddBot,
    AnyRequest,
    Audit,
    Charges,
    LetIn,
    Messages,
    Move,
    SeedKeys,
    Stats,
    SwitchLimits,
    Transcript,
)
from simulator.control.troubles import Troubles
from simulator.simulator import Simulator
from simulator.wire.rpc import RpcError
from simulator.world import accounts, botfather, mailbox, payments

MAX_LINE_BYTES = 1024 * 1024

log = structlog.get_logger()


class ControlError(RuntimeError):
    """The control port refused a request."""


async def call(host: str, port: int, op: str, **arguments: Any) -> Any:
    """Ask one thing of a simulator; returns the result.

    Raises ControlError if it is refused, OSError if nobody listens.
    """
    reader, writer = await asyncio.open_connection(host, port, limit=64 * MAX_LINE_BYTES)
    try:
        writer.write(json.dumps({"op": op, **arguments}).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()
    if not line:
        raise ConnectionResetError("the simulator hung up")
    answer = json.loads(line)
    if not answer["ok"]:
        raise ControlError(answer["error"])
    return answer["result"]


class ControlPort:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._troubles = Troubles(simulator)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Answer requests; yields the port."""
        server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE_BYTES)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            self._troubles.stop()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer_lines(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_lines(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            log.debug("control_connection_lost", reason=str(error))
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            result = self._perform(REQUESTS.validate_json(line))
        except (ValidationError, RpcError, LookupError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "result": result}

    # pylint: disable-next=too-many-return-statements  # one for each kind of request
    def _perform(self, request: AnyRequest) -> Any:
        simulator = self._simulator
        match request:
            case Stats():
                return self._stats()
            case AddBot():
                return self._add_bot(request)
            case Move():
                if request.data_centre not in simulator.ports:
                    raise RpcError(400, "DC_ID_INVALID")
                simulator.world.homes.moved[request.account] = request.data_centre
                return None
            case Charges():
                found = payments.charges(simulator.world.db, bot=request.bot, user=request.user)
                return [_charge(each) for each in found]
            case Messages():
                return self._messages(request)
            case SeedKeys():
                return self._seed_keys(request.accounts)
            case SwitchLimits():
                simulator.limits.enabled = request.enabled
                return None
            case Audit() | LetIn() | Transcript():
                return reports.make(simulator, request)
        return self._troubles.make(request)

    def _stats(self) -> dict[str, Any]:
        world = self._simulator.world
        counts = {
            name: world.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in (
                ("bots", f"accounts WHERE is_bot AND id <> {botfather.ID}"),
                ("people", "accounts WHERE NOT is_bot"),
                ("messages", "messages"),
                ("charges", "charges"),
                ("refunds", "charges WHERE refunded_at IS NOT NULL"),
                ("auth_keys", "auth_keys"),
            )
        }
        return {
            **counts,
            "port": self._simulator.port,
            "data_centres": self._simulator.ports,
            "sessions": self._simulator.sessions.attached,
            "connections": len(self._simulator.connections),
            "limits": self._simulator.limits.enabled,
            "refused_by_limits": self._simulator.limits.refused,
            "calls": dict(world.calls),
        }

    def _add_bot(self, request: AddBot) -> dict[str, Any]:
        bot_id = int(request.token.partition(":")[0])
        world = self._simulator.world
        for taken in (
            accounts.by_token(world.db, request.token),
            accounts.by_username(world.db, request.username),
        ):
            if taken is not None and taken.id != bot_id:
                raise RpcError(400, "USERNAME_OCCUPIED")
        with world.change() as change:
            accounts.put_bot(change.db, bot_id, request.token, request.name, request.username)
        return {"id": bot_id, "username": request.username}

    def _messages(self, request: Messages) -> list[dict[str, Any]]:
        stored = mailbox.history(
            self._simulator.world.db, request.account, request.peer, limit=request.limit
        )
        return [_message(each.message) for each in stored]

    def _seed_keys(self, account_ids: list[int]) -> list[dict[str, Any]]:
        for account_id in account_ids:
            self._simulator.world.account(account_id)
        made = self._simulator.keys.seed(account_ids)
        return [{"account": each.account_id, "key": each.secret.hex()} for each in made]


def _charge(charge: payments.Charge) -> dict[str, Any]:
    return asdict(charge) | {"payload": charge.payload.decode(errors="replace")}


def _message(message: Any) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "id": message.id,
        "date": message.date,
        "outgoing": bool(message.out),
    }
    if isinstance(message, types.MessageService):
        return summary | {"action": type(message.action).__name__}
    markup = message.reply_markup
    rows = markup.rows if isinstance(markup, types.ReplyInlineMarkup) else []
    return summary | {
        "text": message.message,
        "media": type(message.media).__name__ if message.media else None,
        "edited": message.edit_date is not None,
        "buttons": [
            getattr(button.type, "data", b"").decode(errors="replace")
            for row in rows
            for button in row.buttons
        ],
    }
