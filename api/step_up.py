"""Step-up: what is dangerous goes through only after the owner's button in his bot's chat.

    @router.put("/bots/{bot_id}/token")
    async def replace_token(…, step_up: UsesStepUp) -> Bot:
        async with bot_transaction(…) as (connection, bot):
            await step_up.require(connection, "bot_token", [bot.shop_id], subject=…)

While no owner's chat decides about any of the shops concerned, links made by the operator's command
need no confirmation: whoever makes them has the machine. All others are told what to do. Where
nobody decides about all of them, the owners of each must agree. What shops do every day
(`_WHERE_BOUND`) is asked about only where somebody can be asked.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.access import AnyVisitor, Owner
from api.places import place_of
from api.resources import Resources, UsesResources
from bots.sdk import owner_desk
from bots.sdk.panel import ConfirmationId
from bots.sdk.reacting import acting
from core.events import Bilingual
from core.heads import IS_HEAD
from core.postgres import Connection
from core.shop import confirmations, owner_chats
from core.shop.access import Forbidden, Visitor
from core.shop.access_alerts import named
from core.shop.access_links import ManagedLink
from core.shop.confirmations import Confirmation, ConfirmationDeclined, Deed
from core.shop.owner_chats import OwnerChat

_WHERE_BOUND: frozenset[Deed] = frozenset({"export", "export_release", "payout", "credit"})


class ConfirmationNeeded(Forbidden):
    """The owner was asked in his bot's chat; send the same request with this id once he agreed."""

    code = "confirmation_needed"

    def __init__(self, asked: Confirmation) -> None:
        super().__init__(
            "the owner must confirm this by the button in the bot's chat: then send the same "
            f"request with the header Confirmation: {asked.id}"
        )
        self.explained = Bilingual(
            "Подтвердите это кнопкой в чате с ботом, затем повторите.",
            "Confirm this by the button in the chat with your bot, then try again.",
        )
        self.extra = {
            "confirmation": {"id": str(asked.id), "expires_at": asked.expires_at.isoformat()}
        }


class ConfirmationImpossible(Forbidden):
    """Nobody can be asked yet."""

    code = "confirmation_impossible"

    def __init__(self) -> None:
        super().__init__(
            "nobody can confirm this yet: with a link made by `vitrina link create`, make a code "
            "(POST /api/v1/access/owner-chats/codes) and send it to the bot as /owner CODE"
        )
        self.explained = Bilingual(
            "Подтвердить это пока некому: привяжите чат владельца (команда /owner в боте).",
            "Nobody can confirm this yet: bind an owner's chat (/owner in the bot).",
        )


@dataclass(frozen=True, slots=True)
class StepUp:
    """The request, who makes it, and the confirmation that it brings."""

    request: Request
    resources: Resources
    visitor: Visitor
    confirmation_id: UUID | None

    async def require(
        self,
        connection: Connection,
        deed: Deed,
        shop_ids: Sequence[int] | None,
        *,
        subject: str,
    ) -> None:
        """Returns if the owner of these shops (None: of all) has confirmed this very request; uses
        that up in the caller's transaction. `subject` tells him what it is about.

        Raises ConfirmationNeeded, ConfirmationDeclined, ConfirmationImpossible,
        TooManyConfirmations.
        """
        chats = await owner_chats.covering(connection, shop_ids)
        awaits: list[int] = []
        if not chats:
            chats = await owner_chats.concerned(connection, shop_ids)
            may_go_on = deed in _WHERE_BOUND or await self._is_by_command(connection)
            if not chats and may_go_on:
                return
            awaits = _shops_of(chats, shop_ids)
            if not chats or not (awaits == sorted(set(shop_ids or ())) or may_go_on):
                raise ConfirmationImpossible
        digest = await self._digest()
        # A download is an address, which names no confirmation.
        if self.confirmation_id is not None or self.request.method == "GET":
            known = await confirmations.find(connection, self.visitor, self.confirmation_id, digest)
            if known is not None and known.state == "confirmed":
                await confirmations.use(connection, known.id)
                return
            # Without its id an older one says nothing: whether it was lately, asking finds out.
            if known is not None and known.state == "declined" and self.confirmation_id is not None:
                raise ConfirmationDeclined
        raise _Unasked(deed, digest, shop_ids, awaits, chats, subject)

    async def require_to_end(self, connection: Connection, link: ManagedLink) -> None:
        """As `require`, before a link is revoked: where owners decide by it, that ends with it."""
        if await owner_chats.of_link(connection, link.id):
            subject = named(link.label, link.id)
            await self.require(connection, "link_revocation", link.shop_ids, subject=subject)

    async def _is_by_command(self, connection: Connection) -> bool:
        made: str = await connection.fetchval(
            "SELECT origin FROM access_links WHERE id = $1", self.visitor.link_id
        )
        return made == "command"

    async def _digest(self) -> bytes:
        """Of everything that the request says; another body is another request."""
        url = self.request.url
        said = f"{self.request.method} {url.path}?{url.query}\n".encode()
        return hashlib.sha256(said + await self.request.body()).digest()

    async def ask(self, unasked: "_Unasked") -> Confirmation:
        """Asks the owners in their chats, unless this request waits there already."""
        place = place_of(self.request)
        seen = ", ".join(part for part in (place.agent, str(place.address or "")) if part)
        who = ", ".join(filter(None, (named(self.visitor.label, self.visitor.link_id), seen)))
        async with self.resources.pool.acquire() as connection, connection.transaction():
            asked, is_new = await confirmations.ask(
                connection,
                self.visitor,
                unasked.deed,
                unasked.digest,
                unasked.shop_ids,
                unasked.awaits,
            )
            for chat in unasked.chats if is_new else ():
                loaded, keys = self.resources.loaded, self.resources.keys
                async with acting(connection, loaded, chat.bot_id, keys) as transaction:
                    await owner_desk.ask(transaction, chat, asked, subject=unasked.subject, who=who)
        return asked


def _shops_of(chats: Sequence[OwnerChat], shop_ids: Sequence[int] | None) -> list[int]:
    """Those of the shops (None: of all) that the chats decide about."""
    decided = {shop_id for chat in chats for shop_id in chat.shop_ids or ()}
    return sorted(decided if shop_ids is None else decided & set(shop_ids))


@dataclass
class _Unasked(Exception):
    """Leaves the request's transaction, which is undone, before the owners are asked: what it has
    locked would be in the way."""

    deed: Deed
    digest: bytes
    shop_ids: Sequence[int] | None
    awaits: Sequence[int]
    chats: Sequence[OwnerChat]
    subject: str


@asynccontextmanager
async def stepping_up(step_up: StepUp) -> AsyncIterator[None]:
    """Asks the owners once what is inside has been undone; raises ConfirmationNeeded. HEAD, which
    only looks ahead, is refused without asking anybody."""
    try:
        yield
    except _Unasked as unasked:
        if step_up.request.scope.get(IS_HEAD):
            raise Forbidden("the owner would be asked: he is by GET") from unasked
        raise ConfirmationNeeded(await step_up.ask(unasked)) from unasked


async def _step_up(
    request: Request,
    resources: UsesResources,
    visitor: Owner,
    confirmation: ConfirmationId = None,
) -> AsyncIterator[StepUp]:
    step_up = StepUp(request, resources, visitor, confirmation)
    async with stepping_up(step_up):
        yield step_up


async def _any_step_up(
    request: Request,
    resources: UsesResources,
    visitor: AnyVisitor,
    confirmation: ConfirmationId = None,
) -> AsyncIterator[StepUp]:
    step_up = StepUp(request, resources, visitor, confirmation)
    async with stepping_up(step_up):
        yield step_up


UsesStepUp = Annotated[StepUp, Depends(_step_up)]
# The same where not only owners ask: the owner is told whose link it is.
UsesAnyStepUp = Annotated[StepUp, Depends(_any_step_up)]
