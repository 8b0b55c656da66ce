"""Errors, registry and context of the API's methods."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.tl import Object

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.session import Session
    from simulator.world import World

Query = TypeVar("Query", bound=Object)


class RpcError(Exception):
    """What Telegram answers instead of a result: https://core.telegram.org/api/errors"""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and of which world."""

    world: "World"
    session: "Session"

    @property
    def account(self) -> "Account":
        """Raises RpcError 401 if the session's key is not signed in."""
        account_id = self.session.key.account_id
        if account_id is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return self.world.account(account_id)


Handler = Callable[[Call, Query], Awaitable[Object]]


class Methods:
    """The handlers of API methods by the type of the query."""

    def __init__(self) -> None:
        self.handlers: dict[type[Object], Handler[Any]] = {}

    def on(self, query: type[Query]) -> Callable[[Handler[Query]], Handler[Query]]:
        def register(handler: Handler[Query]) -> Handler[Query]:
            self.handlers[query] = handler
            return handler

        return register

    def include(self, other: "Methods") -> None:
        self.handlers.update(other.handlers)

    async def answer(self, call: Call, query: Object) -> Object:
        """Raises RpcError."""
        handler = self.handlers.get(type(query))
        if handler is None:
            raise RpcError(400, "INPUT_METHOD_INVALID")
        return await handler(call, query)


def method_name(query: Object) -> str:
    """The name in Telegram's documentation, such as `messages.sendMessage`."""
    return _documented_name(query.QUALNAME)


@cache
def _documented_name(qualified: str) -> str:
    *namespace, name = qualified.split(".")[1:]
    return ".".join([*namespace, name[:1].lower() + name[1:]])
