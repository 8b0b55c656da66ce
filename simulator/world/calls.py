"""Calls of the API's methods: the caller, the handler, and the limits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from simulator.wire.rpc import RpcError
from simulator.wire.session import Session
from simulator.wire.tl import Object
from simulator.world.accounts import Account
from simulator.world.limits import LIMITED, Limits
from simulator.world.world import World

Query = TypeVar("Query", bound=Object)


@dataclass(frozen=True, slots=True)
class Call:
    """The caller and the world."""

    world: World
    session: Session

    @property
    def account(self) -> Account:
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


@dataclass(frozen=True, slots=True)
class Api:
    """Answers the calls that connections receive."""

    world: World
    methods: Methods
    limits: Limits

    async def answer(self, session: Session, query: Object) -> Object:
        """Raises RpcError."""
        call = Call(self.world, session)
        if isinstance(query, LIMITED) and call.account.is_bot:
            self.limits.admit(call.account.id, query)
        return await self.methods.answer(call, query)
