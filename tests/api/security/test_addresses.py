"""Addresses that a visitor types: which ones our server itself asks, and that none of them is of
its own network. The list of fields is made from the API's description, so a new one is noticed."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.postgres import Connection
from tests.api.conftest import assert_problem
from tests.factories import create_shop

_LIKE_ADDRESS = re.compile(r"url|uri|address|endpoint|href|site|host|photo|picture|image", re.I)
_DIGEST = "^[0-9a-f]{64}$"  # of a file that was uploaded: nothing is fetched by it

_WEBHOOK = "/api/v1/shops/{shop_id}/webhooks"
_BUCKET = "/api/v1/exports/schedules"
_BROADCASTS = "/api/v1/bots/{bot_id}/modules/broadcasts/broadcasts"
ASKED = {
    f"POST {_WEBHOOK}.url",
    f"PUT {_WEBHOOK}/{{endpoint_id}}.url",
    f"POST {_BUCKET}.endpoint",
}
OF_PEOPLE = {  # they go on to whoever presses a button
    "POST /api/v1/access/owner-chats/codes.panel_url",
    f"POST {_BROADCASTS}.url",
    f"PUT {_BROADCASTS}/{{broadcast_id}}.url",
}
PICTURES = {
    "PUT /api/v1/shops/{shop_id}/products/{number}/photos.photos",
    "POST /api/v1/bots/{bot_id}/modules/support/tickets/{ticket_id}/answer.pictures",
}
WEBHOOK = {"events": ["order.paid"], "label": "x"}
TARGET = {"bucket": "files"}
FILES = {"table": "orders", "keys": {"access_key_id": "id", "secret_access_key": "secret"}}


def _fields(
    schema: dict[str, Any], known: dict[str, Any], seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names of a body's fields, however deep, and their schemas."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name not in seen:
            yield from _fields(known[name], known, (*seen, name))
        return
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _fields(each, known, seen)
    if "items" in schema:
        yield from _fields(schema["items"], known, seen)
    for field, each in schema.get("properties", {}).items():
        yield field, each
        yield from _fields(each, known, seen)


def test_every_field_that_may_be_an_address_is_known(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]
    found: dict[str, dict[str, Any]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for field, schema in _fields(content["schema"], known):
                    if _LIKE_ADDRESS.search(field):
                        found[f"{method.upper()} {path}.{field}"] = schema
    assert found.keys() == ASKED | OF_PEOPLE | PICTURES
    for name in PICTURES:
        assert found[name]["items"]["pattern"] == _DIGEST


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.7/",
        "https://169.254.169.254/",
        "https://0x7f000001/",
        "http://8.8.8.8/",
        "https://me:word@8.8.8.8/",
        "file:///etc/passwd",
    ],
)
async def test_our_server_asks_none_of_its_own_network(
    address: str, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    target = TARGET | {"endpoint": address.removesuffix("/")}
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        (_WEBHOOK.format(shop_id=shop.id), WEBHOOK | {"url": address}),
        (_BUCKET, FILES | {"s3": target}),
    )
    for path, body in asked:
        refused = await owner.post(path, json=body)
        assert_problem(refused, 422, "address_refused")
    for table in ("webhook_endpoints", "export_schedules"):
        assert not await connection.fetchval(f"SELECT count(*) FROM {table}")
