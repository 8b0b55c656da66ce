"""A module's pages in the panel: `panel.py` with a typed FastAPI router.

    router = APIRouter()
    Panel = Annotated[PanelScope[GiftSettings], Depends(panel_scope)]


    @router.get("/gifts")
    async def gifts(panel: Panel) -> list[Gift]:
        return await store.all_of(panel.connection, panel.shop.id)

The API mounts it under `/api/v1/bots/<bot>/modules/<key>`, where it answers while the module is on
for the bot. A request is one transaction, in which the modules react as in a bot. What reads is for
everybody who sees the shop, what changes anything for owners, unless a route asks for more
(`panel.require_owner()`). What takes money out asks the owner in his bot's chat, once nothing else
is in its way:

    @router.post("/payouts")
    async def pay_out(draft: Payout, panel: Panel, confirmation: ConfirmationId = None) -> Paid:
        paid = await store.pay_out(panel.connection, panel.shop.id, draft)
        await panel.confirm_payout(draft.amount, draft.buyer_no, confirmation)

What replaces something that two people may edit takes the version that was read, and locks what it
compares (`core.versions`):

    @router.put("/gifts/{gift_id}")
    async def change_gift(gift_id: int, draft: GiftDraft, panel: Panel, seen: SeenTag) -> Gift:
        gift = await store.get(panel.connection, panel.shop.id, gift_id, lock=True)
        ensure_unchanged(gift, seen)

Only the API and modules' `panel.py` import this: a worker has no FastAPI.
"""

from collections.abc import Callable
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.transaction import Transaction
from core.money import Money
from core.shop.access import Forbidden, Visitor
from core.shop.confirmations import Deed
from core.shop.staff import Doer
from core.versions import seen_in

S = TypeVar("S", bound=BaseModel)
_F = TypeVar("_F", bound=Callable[..., Any])
WORKS_ARCHIVED = "works_archived"  # a route's mark
ConfirmationId = Annotated[
    UUID | None,
    Header(
        alias="confirmation",
        description="The id from `confirmation_needed`, when the same request is sent again.",
    ),
]


async def _seen(
    if_match: Annotated[str | None, Header(description="The `version` of what was read.")] = None,
) -> str:
    return seen_in(if_match)


SeenTag = Annotated[str, Depends(_seen)]


def works_archived(endpoint: _F) -> _F:
    """Lets a route change an archived shop, because it ends something, or only looks like a
    change."""
    setattr(endpoint, WORKS_ARCHIVED, True)
    return endpoint


class Confirm(Protocol):
    """The API's step-up: returns if the shop's owner has confirmed this very request, raises
    Forbidden if he has not, after which he is asked."""

    async def __call__(self, deed: Deed, subject: str, confirmation_id: UUID | None) -> None: ...


class PanelScope(Scope[S]):
    """One module in one request of the panel. `visitor` has the role, and sees the bot's shop."""

    def __init__(
        self, transaction: Transaction, item: EnabledModule, visitor: Visitor, confirm: Confirm
    ) -> None:
        super().__init__(transaction, item)
        self.visitor = visitor
        self.confirm = confirm

    @property
    def doer(self) -> Doer:
        """The visitor, for `core.shop.staff.record`."""
        return Doer(self.visitor.label, link_id=self.visitor.link_id)

    async def confirm_payout(
        self, amount: Money, buyer_no: int, confirmation_id: UUID | None
    ) -> None:
        """As `confirm`, of money that a shopper gets by hand (above zero), or that is taken from
        their wallet (below). Where no owner's chat is bound nobody is asked."""
        plain = Money(abs(amount.amount_minor), amount.currency)
        subject = f"{plain.worded(self.shop.language)} (№ {buyer_no})"
        deed: Deed = "payout" if amount.amount_minor < 0 else "credit"
        await self.confirm(deed, subject, confirmation_id)

    def require_owner(self) -> None:
        """Raises Forbidden for analysts and viewers: people's names, addresses, messages."""
        if self.visitor.role != "owner":
            raise Forbidden("only an owner's link may see this")


async def panel_scope(request: Request) -> PanelScope[Any]:
    """The dependency by which a route gets its scope, opened by the API, which cannot where the
    address names no bot."""
    scope: PanelScope[Any] | None = getattr(request.state, "panel_scope", None)
    if scope is None:
        wrong = {
            "loc": ("path", "bot_id"),
            "msg": "a bot's id is a whole number above 0",
            "type": "int_parsing",
        }
        raise RequestValidationError([wrong])
    return scope
