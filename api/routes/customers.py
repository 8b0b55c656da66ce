"""A shop's customers: the list, one with what they paid, and all that they did."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from api import customer_history
from api.access import AnyVisitor, shop_transaction
from api.cursors import cursor_of, numbers_of
from api.customer_history import HistoryItem
from api.key_access import open_to_keys
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from core.errors import Refused
from core.shop import customer_list
from core.shop.access import Forbidden
from core.shop.customer_list import Filter, ListedCustomer, Place, Sort
from core.shop.sought import number_of

router = APIRouter(prefix="/shops/{shop_id}/customers", tags=["customers"])

BuyerNo = Annotated[int, Path(gt=0, lt=2**63)]
Cursor = Annotated[str | None, Query(max_length=80, description="`next` of the page before.")]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


class SortUnfit(Refused):
    """The order of the list leaves out all that the filter wants."""

    code = "sort_unfit"


class CustomersPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    customers: list[ListedCustomer]
    next: str | None


class HistoryPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    events: list[HistoryItem]
    next: str | None


async def _filter(
    visitor: AnyVisitor,
    words: Annotated[
        str,
        Query(
            max_length=100,
            pattern=r"^[^\x00]*$",
            description="A part of a name or username, or a number; of fewer than three "
            "characters, the whole name. Names are for owners only.",
        ),
    ] = "",
    source: Annotated[
        str | None,
        Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The code of their first link."),
    ] = None,
    language: Annotated[str | None, Query(pattern=r"^[A-Za-z-]{2,16}$")] = None,
    bought: Annotated[bool | None, Query(description="Whether they ever paid.")] = None,
    blocked: Annotated[bool | None, Query(description="Whether they blocked the bot.")] = None,
) -> Filter:
    by_person = visitor.role == "owner"
    if words.strip() and not by_person and number_of(words) is None:
        raise Forbidden("names are shown to owners only: search for a customer's number")
    return Filter(words, source, language, bought, blocked, by_person)


@router.get("", responses=documented(401, 403, 404, 422))
@open_to_keys("customers")
async def list_customers(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    chosen: Annotated[Filter, Depends(_filter)],
    sort: Annotated[
        Sort, Query(description="The newest customers first, or who bought last.")
    ] = "joined",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
) -> CustomersPage:
    """Customers by filters and words. Only owners see and search names and Telegram numbers."""
    if sort == "bought" and chosen.bought is False:
        raise SortUnfit("sort=bought lists those who bought: leave bought=false out, or the sort")
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await customer_list.page(
            connection, shop_id, chosen, sort=sort, size=limit + 1, after=_place(after, sort)
        )
    shown = found[:limit]
    more = _cursor(shown[-1], sort) if len(found) > limit else None
    if visitor.role != "owner":
        shown = [each.without_names() for each in shown]
    return CustomersPage(customers=shown, next=more)


@router.get("/{buyer_no}", responses=documented(401, 404, 422))
async def read_customer(
    shop_id: ShopId, buyer_no: BuyerNo, visitor: AnyVisitor, resources: UsesResources
) -> ListedCustomer:
    """One customer. Only owners see the name and the Telegram number."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await customer_list.get(connection, shop_id, buyer_no)
    return found if visitor.role == "owner" else found.without_names()


@router.get("/{buyer_no}/history", responses=documented(401, 404, 422, 503))
async def read_history(
    shop_id: ShopId,
    buyer_no: BuyerNo,
    visitor: AnyVisitor,
    resources: UsesResources,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
) -> HistoryPage:
    """What the customer did, the newest first, for as long as the shop keeps its events."""
    place = _moment(after)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await customer_list.get(connection, shop_id, buyer_no)
    # Without a connection to PostgreSQL, which others need while ClickHouse is slow.
    rows, following = await customer_history.page(
        resources.reader, shop_id, buyer_no, size=limit, after=place
    )
    async with resources.pool.acquire() as connection:
        items = await customer_history.named(connection, shop_id, rows)
    return HistoryPage(events=items, next=cursor_of(following) if following is not None else None)


def _cursor(last: ListedCustomer, sort: Sort) -> str:
    if sort == "joined" or last.last_bought_at is None:
        return cursor_of((last.buyer_no,))
    return cursor_of(((last.last_bought_at - _EPOCH) // _MICROSECOND, last.buyer_no))


def _place(after: str | None, sort: Sort) -> Place | None:
    if after is None:
        return None
    if sort == "joined":
        return Place(numbers_of(after, (2**63 - 1,))[0])
    at, number = numbers_of(after, (_LAST, 2**63 - 1))
    return Place(number, _EPOCH + at * _MICROSECOND)


def _moment(after: str | None) -> customer_history.Place | None:
    if after is None:
        return None
    at_ms, shard, pos = numbers_of(after, (2**63 - 1, 2**8 - 1, 2**64 - 1))
    return at_ms, shard, pos
