"""A job outside of transactions: it calls other servers and stores the results."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from bots.sdk.outside import Http
from bots.sdk.stars import StarsAccount
from bots.sdk.texts import Texts
from bots.sdk.transaction import Transaction, while_open
from core.shop.shops import Shop

if TYPE_CHECKING:  # a module is loaded with its jobs, which are given an errand
    from bots.sdk.loading import EnabledModule

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Errand(Generic[S]):
    """The argument of such a job.

    `opens` opens a transaction that is fenced by the bot's lease; `fetch` returns the bytes of a
    file at Telegram, `stars` is the bot's account of Stars.
    """

    item: "EnabledModule"
    shop: Shop
    bot_id: int
    http: Http
    opens: Callable[[], AbstractAsyncContextManager[Transaction]]
    fetch: Callable[[str], Awaitable[bytes]]
    stars: StarsAccount
    buyer_no: int = 0

    @property
    def settings(self) -> S:
        return self.item.settings  # type: ignore[return-value]  # validated by its manifest

    @property
    def texts(self) -> Texts:
        """In the shop's language: for a shopper's, use the scope of a transaction."""
        return self.item.texts[self.shop.language]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Scope[Any]]:
        """Opens a transaction for the block; events, reactions and messages belong to it, as in a
        handler. While it is open, no call can begin."""
        async with self.opens() as transaction:
            with while_open():
                customer = await transaction.person(self.buyer_no)
                yield Scope(transaction, self.item, customer)
