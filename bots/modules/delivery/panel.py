"""Digital goods in the panel: keys, files, links, texts, and what could not be handed over."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.delivery import handing, store
from bots.modules.delivery.settings import DeliverySettings
from bots.modules.delivery.store import (
    KEY_CHARACTERS,
    KEYS_A_CALL,
    Delivery,
    Good,
    GoodKind,
    KeyCount,
)
from bots.sdk.panel import PanelScope, panel_scope
from core.errors import Refused
from core.events import Bilingual
from core.shop import files, staff

router = APIRouter()
Panel = Annotated[PanelScope[DeliverySettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
Variant = Annotated[int | None, Field(gt=0, lt=2**63)]


# A file of keys as text, in any alphabet.
_KEYS_BYTES = 16 * 2**20


class BadKeys(Refused):
    code = "bad_keys"
    explained = Bilingual(
        "Эти ключи не подходят: проверьте список.",
        "These keys do not fit: check the list.",
    )


class KeysDraft(BaseModel):
    """Keys, one a line; of CSV the first column, where a header `key` or `ключ` is left out."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=5_000_000, pattern=r"^[^\x00]*$")
    variant_id: Variant = None
    is_csv: bool = False


class KeysAdded(BaseModel):
    """`known`: those that the product had already, or that stand there twice. `delivered`: orders
    that waited for them."""

    added: int
    known: int
    delivered: int


class GoodDraft(BaseModel):
    """`content`: a link, a text or, of a file, the SHA-256 of one that was uploaded."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: GoodKind
    title: str = Field(default="", max_length=100, pattern=r"^[^\x00]*$")
    content: str = Field(min_length=1, max_length=3000, pattern=r"^[^\x00]*$")
    variant_id: Variant = None


def keys_in(draft: KeysDraft) -> list[str]:
    """The keys, in their order; raises BadKeys."""
    lines = draft.text.removeprefix("\ufeff").splitlines()
    if draft.is_csv:
        delimiter = ";" if lines and ";" in lines[0] else ","
        rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
        lines = [row[0] for row in rows if row]
        if lines and lines[0].strip().casefold() in {"key", "keys", "ключ", "ключи", "code", "код"}:
            lines = lines[1:]
    keys = [line.strip() for line in lines if line.strip()]
    if not keys:
        raise BadKeys("there is no key in it: write one a line")
    if len(keys) > KEYS_A_CALL:
        raise BadKeys(f"at most {KEYS_A_CALL} keys at once")
    for number, key in enumerate(keys, start=1):
        if len(key) > KEY_CHARACTERS:
            raise BadKeys(f"key {number} has over {KEY_CHARACTERS} characters")
    return keys


@router.get("/keys")
async def list_keys(panel: Panel) -> list[KeyCount]:
    """How many keys of each product are left; the fewest first."""
    return await store.key_counts(panel.connection, panel.shop.id)


@router.post("/products/{product_id}/keys", status_code=201, max_body_size=_KEYS_BYTES)
async def add_keys(product_id: Number, draft: KeysDraft, panel: Panel) -> KeysAdded:
    """Adds keys; orders that waited for some get theirs at once."""
    keys = keys_in(draft)
    added = await store.add_keys(
        panel.connection,
        panel.secrets,
        shop_id=panel.shop.id,
        product_id=product_id,
        variant_id=draft.variant_id,
        keys=keys,
    )
    await staff.record(
        panel.connection, panel.origin, panel.doer, "delivery.keys", f"product:{product_id}"
    )
    delivered = await _catch_up(panel)
    return KeysAdded(added=added, known=len(keys) - added, delivered=delivered)


async def _catch_up(panel: PanelScope[DeliverySettings]) -> int:
    """The rest is the job's, a minute later."""
    return sum([await handing.catch_up(panel, each) for each in await handing.waiting(panel)])


@router.delete("/products/{product_id}/keys")
async def remove_keys(product_id: Number, panel: Panel) -> int:
    """Takes out the product's free keys; how many. Those of orders stay theirs."""
    gone = await store.remove_free_keys(panel.connection, panel.shop.id, product_id)
    await staff.record(
        panel.connection, panel.origin, panel.doer, "delivery.keys_gone", f"product:{product_id}"
    )
    return gone


@router.get("/products/{product_id}/goods")
async def list_goods(product_id: Number, panel: Panel) -> list[Good]:
    """Files, links and texts that each buyer gets; what links and texts say is for owners."""
    found = await store.goods_of(panel.connection, panel.secrets, panel.shop.id, product_id)
    if panel.visitor.role == "owner":
        return found
    return [good.model_copy(update={"content": ""}) for good in found]


@router.post("/products/{product_id}/goods", status_code=201)
async def add_good(product_id: Number, draft: GoodDraft, panel: Panel) -> Good:
    """Adds a file, link or text; orders that waited for it get it at once."""
    if draft.kind == "link" and not draft.content.startswith(("https://", "http://", "tg://")):
        raise Refused("a link begins with https://")
    if draft.kind == "file":
        use = files.Use("delivery", f"product:{product_id}", draft.title)
        await files.add_use(panel.connection, panel.shop.id, draft.content, use)
    good = await store.add_good(
        panel.connection,
        panel.secrets,
        shop_id=panel.shop.id,
        product_id=product_id,
        **draft.model_dump(),
    )
    await staff.record(
        panel.connection, panel.origin, panel.doer, "delivery.good", f"product:{product_id}"
    )
    await _catch_up(panel)
    return good


@router.delete("/goods/{good_id}", status_code=204)
async def remove_good(good_id: Number, panel: Panel) -> None:
    """Nobody gets it any more, nor opens it again."""
    await store.remove_good(panel.connection, panel.shop.id, good_id)
    await staff.record(
        panel.connection, panel.origin, panel.doer, "delivery.good_gone", f"good:{good_id}"
    )


@router.get("/deliveries")
async def list_failed(
    panel: Panel, limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> list[Delivery]:
    """Lines of paid orders that got nothing, or not enough; oldest first."""
    return await store.failed(panel.connection, panel.bot_id, limit=limit)


@router.post("/deliveries/retry")
async def retry(panel: Panel) -> int:
    """Hands over now what can be; how many orders got something."""
    return await _catch_up(panel)


@router.post("/deliveries/{order_id}/hand-over")
async def hand_over(order_id: Number, panel: Panel) -> bool:
    """Hands over what an order lacks, also to a shopper who is held for abuse of refunds: for
    owners. Says whether there was anything to do."""
    panel.require_owner()
    is_done = await handing.catch_up(panel, order_id, is_decided=True)
    if is_done:
        await staff.record(
            panel.connection,
            panel.origin,
            panel.doer,
            "delivery.hand_over",
            f"order:{order_id}",
            order_id=order_id,
        )
    return is_done
