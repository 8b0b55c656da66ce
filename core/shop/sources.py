"""Sources: the links by which shoppers come (`t.me/<bot>?start=<code>`), with campaign and medium.

What they brought is figures, computed from events (docs/metrics.md, 45 and 46)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.conditions import Conditions
from core.errors import Conflict, NotFound, Refused
from core.events import NOBODY, Event, Origin, emit
from core.postgres import Connection
from core.shop.customers import SOURCES_A_SHOP
from core.shop.shops import Shop
from core.shop.sought import literal
from core.taxonomy import TAXONOMY
from core.versions import Versioned, ensure_unchanged

LINK_CREATED = TAXONOMY["link_created"]
_CODE_BYTES = 6

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["insta_may"])]
Words = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]
Sort = Literal["newest", "code"]


class SourceNotFound(NotFound):
    code = "source_not_found"


class SourceTaken(Conflict):
    """The shop has a link with this code already."""

    code = "source_taken"


class TooManySources(Refused):
    code = "too_many_sources"


class SourceWords(BaseModel):
    """How the owner knows a link: `label` is its name, `campaign` and `medium` as in UTM."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    label: Words = ""
    campaign: Words = Field("", examples=["may"])
    medium: Words = Field("", examples=["cpc"])


class SourceDraft(SourceWords):
    """A new link; without a `code` it gets one that nobody guesses."""

    code: Code | None = Field(None, examples=["insta_may"])


class SourceChange(SourceWords):
    """`is_archived`: left out of the list; whoever comes by the link counts as before."""

    is_archived: bool = False


class Source(SourceWords, Versioned):
    """A link of a shop."""

    EDITED = frozenset({"label", "campaign", "medium", "archived_at"})
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    code: str
    created_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which links: `words` are part of the code or of what the owner calls it."""

    words: str = ""
    campaign: str | None = None
    medium: str | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A link's place in the list, after which a page begins."""

    id: int
    code: str = ""


_COLUMNS = "id, code, label, campaign, medium, created_at, archived_at"


async def page(
    connection: Connection,
    shop_id: int,
    chosen: Filter,
    *,
    sort: Sort = "newest",
    size: int,
    after: Place | None = None,
) -> list[Source]:
    """Links after a place, the newest first, or by code."""
    where = Conditions()
    where.add("shop_id = {}", shop_id)
    where.add(f"archived_at IS {'NOT ' if chosen.is_archived else ''}NULL")
    if words := chosen.words.strip():
        pattern = f"%{literal(words)}%"
        where.add("concat_ws(' ', code, label, campaign, medium) ILIKE {}", pattern)
    if chosen.campaign is not None:
        where.add("campaign = {}", chosen.campaign)
    if chosen.medium is not None:
        where.add("medium = {}", chosen.medium)
    if after is not None and sort == "newest":
        where.add("id < {}", after.id)
    elif after is not None:
        where.add('code COLLATE "C" > {}', after.code)
    order = "id DESC" if sort == "newest" else 'code COLLATE "C"'
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM sources WHERE {where.sql} ORDER BY {order} LIMIT {int(size)}",
        *where.values,
    )
    return [Source(**row) for row in rows]


async def get(
    connection: Connection, shop_id: int, source_id: int, *, lock: bool = False
) -> Source:
    """Raises SourceNotFound. With `lock`, nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM sources WHERE shop_id = $1 AND id = $2 "
        f"{'FOR NO KEY UPDATE' if lock else ''}",
        shop_id,
        source_id,
    )
    if row is None:
        raise SourceNotFound(f"shop {shop_id} has no link {source_id}")
    return Source(**row)


def origin_of(shop: Shop) -> Origin:
    """Of events that belong to a link and to no bot."""
    return Origin(shop.id, 0, "hosted", shop.retention_days)


async def create(connection: Connection, shop: Shop, draft: SourceDraft) -> Source:
    """Raises SourceTaken, TooManySources."""
    code = draft.code or secrets.token_urlsafe(_CODE_BYTES)
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop.id)
    count = await connection.fetchval("SELECT count(*) FROM sources WHERE shop_id = $1", shop.id)
    if count >= SOURCES_A_SHOP:
        raise TooManySources(f"a shop has at most {SOURCES_A_SHOP} links")
    row = await connection.fetchrow(
        "INSERT INTO sources (shop_id, code, label, campaign, medium) VALUES ($1, $2, $3, $4, $5) "
        f"ON CONFLICT (shop_id, code) DO NOTHING RETURNING {_COLUMNS}",
        shop.id,
        code,
        draft.label,
        draft.campaign,
        draft.medium,
    )
    if row is None:
        raise SourceTaken(f"the shop has a link {code} already: change that one, or take another")
    made = Source(**row)
    event = Event(LINK_CREATED, props={"source": made.id})
    await emit(connection, origin_of(shop), NOBODY, [event])
    return made


async def change(
    connection: Connection, shop_id: int, source_id: int, draft: SourceChange, *, seen: str
) -> Source:
    """Raises SourceNotFound, ChangedMeanwhile. The code stays: it is printed somewhere."""
    ensure_unchanged(await get(connection, shop_id, source_id, lock=True), seen)
    await connection.execute(
        "UPDATE sources SET label = $3, campaign = $4, medium = $5, "
        "archived_at = CASE WHEN $6 THEN coalesce(archived_at, now()) END "
        "WHERE shop_id = $1 AND id = $2",
        shop_id,
        source_id,
        draft.label,
        draft.campaign,
        draft.medium,
        draft.is_archived,
    )
    return await get(connection, shop_id, source_id)
