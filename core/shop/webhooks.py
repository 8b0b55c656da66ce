"""Web hooks to shops' own systems: where they are sent, what for, and what signs them.

The format is that of Standard Webhooks (https://www.standardwebhooks.com): the headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`, secrets `whsec_<base64>`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from core.errors import ChangedMeanwhile, NotFound, Refused
from core.events import Bilingual
from core.postgres import STATES_CHANNEL, WEBHOOKS_CHANNEL, Connection
from core.secrets import KeyRing

ENDPOINTS_A_SHOP = 10
OVERLAP = timedelta(days=1)  # the former secret signs beside the new one for so long
_SECRET_BYTES = 32
_PREFIX = "whsec_"

EndpointState = Literal["on", "off", "failed"]

TITLES: Mapping[str, Bilingual] = {
    "order.created": Bilingual("Заказ создан", "Order made"),
    "order.paid": Bilingual("Заказ оплачен", "Order paid"),
    "order.cancelled": Bilingual("Заказ отменён", "Order cancelled"),
    "order.expired": Bilingual("Срок оплаты истёк", "Order expired unpaid"),
    "order.processing": Bilingual("Заказ в работе", "Order in work"),
    "order.shipped": Bilingual("Заказ отправлен", "Order shipped"),
    "order.delivered": Bilingual("Заказ доставлен", "Order delivered"),
    "order.goods_sent": Bilingual("Цифровой товар выдан", "Digital goods handed out"),
    "order.goods_failed": Bilingual("Цифровой товар не дошёл", "Digital goods did not arrive"),
    "order.refund_requested": Bilingual("Решено вернуть деньги", "Refund decided on"),
    "order.refunded": Bilingual("Деньги возвращены", "Refunded"),
}


class TooManyEndpoints(Refused):
    code = "too_many_webhooks"

    def __init__(self) -> None:
        super().__init__(f"the shop has {ENDPOINTS_A_SHOP} web hooks: delete one first")
        self.explained = Bilingual(
            f"У магазина уже {ENDPOINTS_A_SHOP} вебхуков: сначала удалите один.",
            f"The shop has {ENDPOINTS_A_SHOP} web hooks already: delete one first.",
        )


class EndpointDraft(BaseModel):
    """What an owner sets. `with_personal`: messages also have the shopper's name, Telegram id and
    what he entered for the order (name, phone, address …)."""

    model_config = ConfigDict(frozen=True)

    label: str
    url: str
    events: Sequence[str]
    with_personal: bool = False
    is_on: bool = True


class Endpoint(BaseModel):
    """Where a shop's messages go. `state` `failed`: switched off, because it did not answer well
    for days or said that it is gone (410). `failures` is how many attempts in a row failed,
    `parked` how many messages were given up and wait for an owner."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    label: str
    url: str
    events: list[str]
    with_personal: bool
    state: EndpointState
    failures: int
    failing_since: datetime | None
    last_error: str | None
    succeeded_at: datetime | None
    former_secret_ends_at: datetime | None
    version: int
    created_at: datetime
    waiting: int
    parked: int


_SELECT = """
SELECT e.id, e.shop_id, e.label, e.url, e.events, e.with_personal, e.state, e.failures,
    e.failing_since, e.last_error, e.succeeded_at,
    CASE WHEN e.former_ends_at > now() THEN e.former_ends_at END AS former_secret_ends_at,
    e.version, e.created_at,
    (SELECT count(*) FROM webhook_deliveries AS d
        WHERE d.endpoint_id = e.id AND d.state = 'waiting') AS waiting,
    (SELECT count(*) FROM webhook_deliveries AS d
        WHERE d.endpoint_id = e.id AND d.state = 'parked' AND d.event <> 'test') AS parked
FROM webhook_endpoints AS e
"""


def _row(endpoint_id: int) -> str:
    return f"webhook_endpoints|{endpoint_id}"


def _new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as its owner copies it."""
    return _PREFIX + base64.b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """The key in a secret as it was shown."""
    return base64.b64decode(text.removeprefix(_PREFIX))


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: a signature by each key, separated by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in keys
    )


async def create(
    connection: Connection, keys: KeyRing, shop_id: int, draft: EndpointDraft
) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which cannot be retrieved again. Raises TooManyEndpoints."""
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id)
    if len(await of_shop(connection, shop_id)) >= ENDPOINTS_A_SHOP:
        raise TooManyEndpoints
    endpoint_id: int = await connection.fetchval(
        "SELECT nextval(pg_get_serial_sequence('webhook_endpoints', 'id'))::int"
    )
    secret = _new_secret()
    await connection.execute(
        "INSERT INTO webhook_endpoints (id, shop_id, label, url, events, with_personal, state, "
        "sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        endpoint_id,
        shop_id,
        draft.label,
        draft.url,
        sorted(set(draft.events)),
        draft.with_personal,
        "on" if draft.is_on else "off",
        keys.seal(secret, _row(endpoint_id)),
    )
    return await get(connection, shop_id, endpoint_id), shown(secret)


async def of_shop(connection: Connection, shop_id: int) -> list[Endpoint]:
    """Oldest first."""
    rows = await connection.fetch(f"{_SELECT} WHERE e.shop_id = $1 ORDER BY e.id", shop_id)
    return [Endpoint(**row) for row in rows]


async def in_trouble(connection: Connection, shop_ids: Sequence[int]) -> list[Endpoint]:
    """Those that were switched off for their failures, or whose messages were given up."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE e.shop_id = ANY($1::int[]) AND (e.state = 'failed' OR EXISTS ("
        "SELECT FROM webhook_deliveries AS d WHERE d.endpoint_id = e.id AND d.state = 'parked' "
        "AND d.event <> 'test')) ORDER BY e.id",
        list(shop_ids),
    )
    return [Endpoint(**row) for row in rows]


async def untold(connection: Connection) -> list[Endpoint]:
    """Those that were switched off for their failures, which their owners were not told of yet."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE e.state = 'failed' AND e.off_told_at IS NULL ORDER BY e.id LIMIT 100"
    )
    return [Endpoint(**row) for row in rows]


async def note_told(connection: Connection, endpoint_id: int) -> None:
    """Every owner's chat has been told that it was switched off."""
    await connection.execute(
        "UPDATE webhook_endpoints SET off_told_at = now() WHERE id = $1 AND state = 'failed'",
        endpoint_id,
    )


async def get(connection: Connection, shop_id: int, endpoint_id: int) -> Endpoint:
    """Raises NotFound, also for another shop's."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE e.id = $1 AND e.shop_id = $2", endpoint_id, shop_id
    )
    if row is None:
        raise NotFound(f"shop {shop_id} has no web hook {endpoint_id}")
    return Endpoint(**row)


async def _locked(
    connection: Connection, shop_id: int, endpoint_id: int, version: int | None
) -> None:
    found = await connection.fetchval(
        "SELECT version FROM webhook_endpoints WHERE id = $1 AND shop_id = $2 FOR NO KEY UPDATE",
        endpoint_id,
        shop_id,
    )
    if found is None:
        raise NotFound(f"shop {shop_id} has no web hook {endpoint_id}")
    if version is not None and found != version:
        raise ChangedMeanwhile(
            f"web hook {endpoint_id} has version {found} by now: read it again", str(found)
        )


async def change(
    connection: Connection, shop_id: int, endpoint_id: int, draft: EndpointDraft, version: int
) -> Endpoint:
    """Sets it anew; switched on, it begins afresh. Raises NotFound, ChangedMeanwhile."""
    await _locked(connection, shop_id, endpoint_id, version)
    former = await get(connection, shop_id, endpoint_id)
    await connection.execute(
        "UPDATE webhook_endpoints SET label = $2, url = $3, events = $4, with_personal = $5, "
        "state = CASE WHEN $6 THEN 'on' ELSE 'off' END, version = version + 1, failures = 0, "
        "failing_since = NULL, resumes_at = NULL, last_error = NULL, off_told_at = NULL "
        "WHERE id = $1",
        endpoint_id,
        draft.label,
        draft.url,
        sorted(set(draft.events)),
        draft.with_personal,
        draft.is_on,
    )
    # What was not sent yet is made anew. Personal data that are not wanted any more, or were meant
    # for another address, are not kept either: a message may be tried or replayed later.
    await connection.execute(
        "UPDATE webhook_deliveries SET body = NULL WHERE endpoint_id = $1 AND body IS NOT NULL "
        "AND ($2 OR (state = 'waiting' AND attempts = 0))",
        endpoint_id,
        former.with_personal and (not draft.with_personal or draft.url != former.url),
    )
    await announce(connection, shop_id)
    return await get(connection, shop_id, endpoint_id)


async def rotate(
    connection: Connection,
    keys: KeyRing,
    shop_id: int,
    endpoint_id: int,
    *,
    overlap: timedelta = OVERLAP,
) -> tuple[Endpoint, str]:
    """A new secret; the former one signs beside it during the overlap. Raises NotFound."""
    await _locked(connection, shop_id, endpoint_id, None)
    secret = _new_secret()
    await connection.execute(
        "UPDATE webhook_endpoints SET former_sealed = CASE WHEN $3 > interval '0' THEN sealed END, "
        "former_ends_at = now() + $3, sealed = $2, version = version + 1 WHERE id = $1",
        endpoint_id,
        keys.seal(secret, _row(endpoint_id)),
        overlap,
    )
    return await get(connection, shop_id, endpoint_id), shown(secret)


async def delete(connection: Connection, shop_id: int, endpoint_id: int) -> None:
    """With its messages and their log. Raises NotFound."""
    await _locked(connection, shop_id, endpoint_id, None)
    await connection.execute("DELETE FROM webhook_endpoints WHERE id = $1", endpoint_id)
    await announce(connection, shop_id)


def signing_keys(keys: KeyRing, row: Record) -> list[bytes]:
    """The keys of an endpoint's row with `endpoint_id`, `sealed` and `former_sealed` (null unless
    it still signs); raises ConfigurationError."""
    sealed = [row["sealed"], *([row["former_sealed"]] if row["former_sealed"] else [])]
    return [keys.open(each, _row(row["endpoint_id"])) for each in sealed]


async def announce(connection: Connection, shop_id: int) -> None:
    """Tells whoever sends, and the open panels, when the transaction commits."""
    await connection.execute(
        "SELECT pg_notify($1, ''), pg_notify($2, $3)",
        WEBHOOKS_CHANNEL,
        STATES_CHANNEL,
        str(shop_id),
    )
