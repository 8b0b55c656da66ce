"""The API keeps to its own description, whatever is asked: schemathesis with all checks, over every
route, on a prepared shop."""

import asyncio
import re
from copy import deepcopy
from typing import Any

import pytest
from fastapi import FastAPI

from api.description import COOKIE_SCHEME
from api.idempotency import HEADER
from core.events import Origin
from core.modules import Modules
from core.postgres import Connection
from tests.api.conftest import Panel
from tests.descriptions import Wanted, faults
from tests.factories import (
    create_bot,
    create_customer,
    create_order,
    create_product,
    create_shop,
)

pytestmark = pytest.mark.long

# Requests to these end what the others need: the session, the link, the shop, the bot.
ENDING = ("/api/v1/leave",)
# For the few parameters of a path that are no numbers there.
VALUES = {"dataset": "orders", "file_format": "csv", "sha256": "0" * 64}
# What the prepared things are counted from, so that no made-up number finds the visitor's own link.
FIRST_ID = 700_000_000_001


async def _prepared(connection: Connection) -> dict[str, list[int | str]]:
    """A shop with every module on, a product, a customer, an order; what they are called."""
    # Nor an alert, whose answer may be that the link is to be revoked.
    for table in ("access_links", "panel_sessions", "access_alerts"):
        await connection.execute(f"ALTER TABLE {table} ALTER id RESTART WITH {FIRST_ID}")
    shop = await create_shop(connection, contact="@tea_shop")
    modules = [
        key for key, manifest in Modules.discover().manifests.items() if not manifest.requires
    ]
    bot = await create_bot(connection, shop, modules=sorted({*modules, "cart", "catalogue"}))
    product = await create_product(connection, shop.id)
    buyer = await create_customer(connection, shop.id)
    origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
    order = await create_order(connection, origin, buyer, product)
    return {
        "path.shop_id": [shop.id],
        "path.bot_id": [bot.id],
        "path.buyer_no": [buyer.buyer_no],
        "path.number": [1],
        "path.order_id": [order.id],
        "path.product_id": [product.id],
        "path.key": ["menu", "cart"],
        "query.shops": [str(shop.id)],
    }


def _described(panel: Panel) -> dict[str, Any]:
    app = panel.server.config.app
    assert isinstance(app, FastAPI)
    return app.openapi()


def _without_keys(document: dict[str, Any]) -> dict[str, Any]:
    """Without Idempotency-Key: by one that comes again, an answer that was kept is another's."""
    plain = deepcopy(document)
    for operations in plain["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [
                each for each in parameters if each["name"].lower() != HEADER.lower()
            ]
    return plain


async def _faults(panel: Panel, connection: Connection, *, has_edges: bool) -> tuple[str, int]:
    values = await _prepared(connection)
    document, url = _described(panel), str(panel.client.base_url)
    if has_edges:
        document = _without_keys(document)
    async with panel.visitor("owner") as owner, panel.visitor("owner") as leaver:
        wanted = Wanted(
            COOKIE_SCHEME,
            owner.cookies["vitrina"],
            values,
            skipped=ENDING,
            has_edges=has_edges,
            examples_of_reading=4 if has_edges else 2,
        )
        found, sent = await asyncio.to_thread(faults, document, url, wanted)
        assert (await owner.get("/api/v1/me")).status_code == 200  # still in
        ended = Wanted(COOKIE_SCHEME, leaver.cookies["vitrina"], values, only=ENDING)
        found += (await asyncio.to_thread(faults, document, url, ended))[0]
    assert sent > len(document["paths"])
    return "\n\n".join(found), sent


async def test_every_route_answers_as_it_is_described(
    counting_panel: Panel, connection: Connection
) -> None:
    found, _ = await _faults(counting_panel, connection, has_edges=False)
    assert not found, found


@pytest.mark.chaos
async def test_every_edge_of_every_value_is_answered_as_it_is_described(
    counting_panel: Panel, connection: Connection
) -> None:
    found, sent = await _faults(counting_panel, connection, has_edges=True)
    assert not found, found
    assert sent > 5000


def _described_methods(document: dict[str, Any], address: str) -> dict[int, set[str]]:
    """What the descriptions whose pattern fits the address say, by the parameters in the pattern:
    `/sessions/history` is also a `/sessions/{session_id}`."""
    found: dict[int, set[str]] = {}
    for path, operations in document["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, address):
            methods = {method.upper() for method in operations}
            found.setdefault(path.count("{"), set()).update(methods)
    return found


async def test_every_address_names_its_methods(panel: Panel) -> None:
    document = _described(panel)
    for path in document["paths"]:
        address = re.sub(r"{(\w+)[^}]*}", lambda match: VALUES.get(match[1], "1"), path)
        described = _described_methods(document, address)
        own = described[min(described)]
        for method in {"TRACE", "PATCH", "GET", "DELETE"} - set().union(*described.values()):
            answer = await panel.client.request(method, address)
            assert answer.status_code == 405, (method, path, answer.text)
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == own, (method, path)
            assert ("HEAD" in answer.headers["allow"]) == ("GET" in own), path
