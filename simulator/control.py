"""The control port: what a test or an operator asks of the simulated world.

JSON lines over TCP on loopback: one request object a line, one answer object a line, such as

    {"op": "stats"}                                     -> {"ok": true, "result": {...}}
    {"op": "flood_wait", "method": "messages.sendMessage", "seconds": 5, "times": 1}
    {"op": "nonsense"}                                  -> {"ok": false, "error": "..."}

The operations are the request models below; `call` is a client for one request.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal, assert_never

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pyrogram.raw import types

from simulator import accounts, mailbox, payments
from simulator.faults import FloodWait
from simulator.rpc import RpcError

if TYPE_CHECKING:
    from simulator.server import Simulator

MAX_LINE_BYTES = 1024 * 1024
TOKEN_PATTERN = r"^\d{5,12}:[A-Za-z0-9_-]{35}$"

log = structlog.get_logger()


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stats(Request):
    """Counts of accounts, sessions, messages, charges, and calls by method."""

    op: Literal["stats"]


class AddBot(Request):
    """Add a bot, or give the bot with the token's id this token, name and username."""

    op: Literal["add_bot"]
    token: str = Field(pattern=TOKEN_PATTERN)
    name: str = Field(min_length=1, max_length=64)
    username: str = Field(min_length=5, max_length=32)


class Charges(Request):
    """Every charge there has been, the oldest first: the truth that sales are compared with."""

    op: Literal["charges"]
    bot: int | None = None
    user: int | None = None


class Messages(Request):
    """The newest messages of the chat between `account` and `peer`, as `account` has them."""

    op: Literal["messages"]
    account: int
    peer: int
    limit: int = Field(default=50, ge=1, le=1000)


class DropSockets(Request):
    """Cut the connections of one account, or of all."""

    op: Literal["drop_sockets"]
    account: int | None = None


class RevokeToken(Request):
    """What BotFather does on /revoke: the token is void, every session of the bot signed out."""

    op: Literal["revoke_token"]
    bot: int


class ForgetKeys(Request):
    """Destroy an account's auth keys (transport error 404) and cut its connections."""

    op: Literal["forget_keys"]
    account: int


class OrderFloodWait(Request):
    """Answer the next `times` calls of a method with FLOOD_WAIT of `seconds`."""

    op: Literal["flood_wait"]
    method: str
    seconds: int = Field(ge=1, le=86_400)
    times: int = Field(default=1, ge=1)


class Latency(Request):
    """Delay every call by so many seconds, until told otherwise."""

    op: Literal["latency"]
    seconds: float = Field(ge=0, le=60)


AnyRequest = Annotated[
    Stats
    | AddBot
    | Charges
    | Messages
    | DropSockets
    | RevokeToken
    | ForgetKeys
    | OrderFloodWait
    | Latency,
    Field(discriminator="op"),
]
REQUESTS: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)


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
    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Answer requests; yields the port."""
        server = await asyncio.start_server(self._serve, host, port, limit=MAX_LINE_BYTES)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
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
        simulator, faults = self._simulator, self._simulator.world.faults
        match request:
            case Stats():
                return self._stats()
            case AddBot():
                return self._add_bot(request)
            case Charges():
                found = payments.charges(simulator.world.db, bot=request.bot, user=request.user)
                return [_charge(each) for each in found]
            case Messages():
                return self._messages(request)
            case DropSockets():
                return self._drop_sockets(request.account)
            case RevokeToken():
                return self._revoke_token(request.bot)
            case ForgetKeys():
                dropped = self._drop_sockets(request.account)
                simulator.keys.forget(request.account)
                return dropped
            case OrderFloodWait():
                faults.flood_waits[request.method] = FloodWait(request.seconds, request.times)
                return None
            case Latency():
                faults.latency_seconds = request.seconds
                return None
        assert_never(request)

    def _stats(self) -> dict[str, Any]:
        world = self._simulator.world
        counts = {
            name: world.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in (
                ("bots", "accounts WHERE is_bot"),
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
            "sessions": self._simulator.sessions.attached,
            "connections": len(self._simulator.connections),
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

    def _drop_sockets(self, account: int | None) -> int:
        """Returns how many connections were cut."""
        doomed = [
            each
            for each in self._simulator.connections
            if account is None or (each.key is not None and each.key.account_id == account)
        ]
        for connection in doomed:
            connection.abort()
        return len(doomed)

    def _revoke_token(self, bot_id: int) -> None:
        """Sessions stay connected and silent, as they do on Telegram; the next call gets 401."""
        simulator = self._simulator
        keys = {key.id for key in simulator.keys.of_account(bot_id)}
        with simulator.world.change() as change:
            change.db.execute("UPDATE accounts SET token = NULL WHERE id = ?", (bot_id,))
        simulator.keys.sign_out(bot_id)
        for session in simulator.sessions.of_keys(keys):
            simulator.sessions.unsubscribe(session)


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
