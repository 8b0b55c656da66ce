"""Role × route × shop, over every route that the router has: a new one needs a rule in
`route_rules`, and is then tried by everybody who may not."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from core.postgres import Connection
from core.settings import Settings
from core.shop import access, api_keys
from core.shop.access import Visitor
from tests import patience
from tests.api.conftest import Panel
from tests.api.route_rules import (
    KEYED,
    LAST_WORD_HOLDS,
    OF_ARCHIVED,
    OF_FIGURES,
    OWNERS,
    PUBLIC,
    VISITORS,
    Route,
    routes,
)
from tests.api.sample_requests import PARAMETERS, request_of
from tests.factories import create_bot, create_shop

# What a request must say beside what its description asks for, to be a good one.
GIVEN: dict[str, dict[str, Any]] = {
    "POST /api/v1/shops/{shop_id}/catalogue.csv": {"dry_run": "true"},
    "GET /api/v1/bots/{bot_id}/modules/{key}/hook": {"key": "cryptopay"},
    "GET /api/v1/exports/{table}.{file_format}": {"table": "shop_kpi_day"},  # a viewer's, too
    "GET /api/v1/exports/{table}/estimate": {"table": "shop_kpi_day"},
    "POST /api/v1/bots/{bot_id}/modules/{key}/hook": {"key": "cryptopay"},
}

# Below these addresses, and at a customer's history, an answer needs ClickHouse.
FIGURES = (
    "/api/v1/shops/{shop_id}/fraud/",
    "/api/v1/overview",
    "/api/v1/metrics/query",
    "/api/v1/exports/",
    "/api/v1/data-health",
    "/api/v1/storage",
    "/api/v1/shops/{shop_id}/customers/",
    "/api/v1/shops/{shop_id}/fraud/rules/",
    "/api/v1/shops/{shop_id}/sources/figures",
    "/api/v1/shops/{shop_id}/cohorts",
    "/api/v1/shops/{shop_id}/funnel",
    "/api/v1/shops/{shop_id}/segments",
)


READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Stand:
    """A panel with two shops, `mine` and another, the clients that come in, and every route."""

    panel: Panel
    routes: list[Route]
    document: dict[str, Any]
    values: dict[str, Any]
    clients: dict[str, httpx.AsyncClient]

    async def ask(self, route: Route, who: str, *, if_match: str | None = '"1"') -> httpx.Response:
        """The route, about the shop `mine`; an owner names the version of what is changed."""
        given = self.values | GIVEN.get(route.name, {})
        path = re.sub(
            r"{(\w+)[^}]*}",
            lambda match: str(given.get(match[1], PARAMETERS.get(match[1], "1"))),
            route.path,
        )
        operation = self.document["paths"][route.path_format][route.method.lower()]
        if route.is_of_shops:
            given = given | {"shops": str(self.values["shop_id"])}
        request = request_of(operation, self.document, given)
        if who.startswith("owner") and if_match is not None:
            request["headers"]["if-match"] = if_match
        return await self.clients[who].request(route.method, path, **request)


@pytest.fixture(name="stand")
async def two_shops(panel: Panel, connection: Connection) -> AsyncIterator[Stand]:
    mine, other = [await create_shop(connection) for _ in range(2)]
    bot = await create_bot(connection, mine)
    await connection.execute("INSERT INTO bot_photos VALUES ($1, 1, '\\xff')", bot.id)
    app = panel.server.config.app
    assert isinstance(app, FastAPI)
    async with AsyncExitStack() as stack:
        clients = {
            f"{role} of {name}": await stack.enter_async_context(panel.visitor(role, [shop.id]))
            for role in ("owner", "analyst", "viewer")
            for name, shop in (("mine", mine), ("other", other))
        }
        revoked = await stack.enter_async_context(panel.visitor("owner"))
        await connection.execute(
            "UPDATE access_links SET revoked_at = now() WHERE shop_ids IS NULL"
        )
        yield Stand(
            panel,
            routes(app),
            app.openapi(),
            {"shop_id": mine.id, "bot_id": bot.id},
            clients | {"revoked": revoked, "nobody": panel.client},
        )


def declared() -> dict[str, str]:
    listed = {name: "public" for name in PUBLIC}
    for rule, text in (("owner", OWNERS), ("visitor", VISITORS), ("key", KEYED)):
        for line in text.strip().splitlines():
            assert line not in listed, f"{line} is declared twice"
            listed[line] = rule
    return listed


def test_every_route_has_a_rule_and_keeps_it() -> None:
    found = {
        route.name: route.rule
        for route in routes(create_app(Settings.model_construct()))
        if not route.is_of_module
    }
    assert len(found) > 50
    assert found == declared(), "declare the rule of a new route in tests/api/route_rules.py"


async def test_nobody_gets_in_without_a_session(stand: Stand) -> None:
    for route in stand.routes:
        if route.rule == "key":
            for who in ("nobody", "owner of mine"):
                response = await stand.ask(route, who)
                answer = response.status_code, response.json()["code"]
                assert answer == (401, "api_key_invalid"), (route.name, who)
        elif route.rule != "public":
            who = "revoked" if route.is_of_one else "nobody"
            response = await stand.ask(route, who)
            answer = response.status_code, response.json()["code"]
            assert answer == (401, "session_missing"), (route.name, who)


async def test_what_is_the_owners_is_refused_to_everybody_else(stand: Stand) -> None:
    for route in stand.routes:
        if route.rule == "owner":
            for who in ("analyst of mine", "viewer of mine"):
                response = await stand.ask(route, who)
                answer = response.status_code, response.json()["code"]
                assert answer == (403, "forbidden"), (route.name, who, response.text)


def _names_a_version(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    """By If-Match, which it needs unless it says that nothing was there, or in its body, which must
    have it."""
    headers = {each["name"]: each["required"] for each in operation["parameters"]}
    if headers.get("if-match", False) or "if-none-match" in headers:
        return True
    reference = operation["requestBody"]["content"]["application/json"]["schema"].get("$ref", "")
    schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return "version" in schema.get("required", ())


async def test_a_change_names_the_version_that_it_was_made_from(stand: Stand) -> None:
    without = set()
    for route in stand.routes:
        if route.method not in ("PUT", "PATCH"):
            continue
        operation = stand.document["paths"][route.path_format][route.method.lower()]
        if not _names_a_version(operation, stand.document):
            without.add(route.name)
        elif not route.is_of_module:
            response = await stand.ask(route, "owner of mine", if_match=None)
            answer = response.status_code, response.json()["code"]
            assert answer == (428, "version_missing"), (route.name, response.text)
    assert without == set(LAST_WORD_HOLDS), "take If-Match, or say why in tests/api/route_rules.py"


async def test_another_shop_is_not_there_for_anybody(stand: Stand) -> None:
    tried, wrong = 0, []
    for route in stand.routes:
        if route.rule in ("public", "key") or not (route.is_of_one or route.is_of_shops):
            continue
        for role in ("owner",) if route.rule == "owner" else ("owner", "viewer"):
            response = await stand.ask(route, f"{role} of other")
            answer = response.status_code, response.json()["code"]
            not_there = ((404, "shop_not_found"), (404, "bot_not_found"))
            if answer not in not_there:
                wrong.append((route.name, role, response.text))
            tried += 1
    assert not wrong
    assert tried > 80


async def test_whoever_may_read_is_let_in(stand: Stand) -> None:
    """ClickHouse is away: what needs it says so, and everything else works."""
    wrong = []
    for route in stand.routes:
        if route.method != "GET" or route.rule in ("public", "key") or "/live" in route.path:
            continue
        who = "owner of mine" if route.rule == "owner" else "viewer of mine"
        response = await stand.ask(route, who)
        code = "" if response.is_success else response.json()["code"]
        refusals = {"session_missing", "shop_not_found", "bot_not_found", "request_invalid"}
        if not route.is_of_module:  # which may ask for an owner to show people
            refusals.add("forbidden")
        if code in refusals | {"internal"}:
            wrong.append((route.name, who, response.text))
        is_away = (response.status_code, code) == (503, "clickhouse_unavailable")
        if response.status_code >= 500 and not (is_away and route.path.startswith(FIGURES)):
            wrong.append((route.name, who, response.text))
    assert not wrong


async def test_an_archived_shop_takes_no_changes(stand: Stand, connection: Connection) -> None:
    taken = set()
    for route in stand.routes:
        if route.method in READING or not route.is_of_one or route.rule in ("public", "key"):
            continue
        await connection.execute(
            "UPDATE shops SET archived_at = now(), delete_after = NULL WHERE id = $1",
            stand.values["shop_id"],
        )
        response = await stand.ask(route, "owner of mine")
        if response.is_success or response.json()["code"] != "shop_archived":
            taken.add(route.name)
    assert taken == set(OF_ARCHIVED.split("\n")) - {""}


async def test_a_key_opens_what_is_declared_and_nothing_else(
    stand: Stand, connection: Connection
) -> None:
    shop_id = stand.values["shop_id"]
    link_id, _ = await access.insert_link(connection, label="owner", role="owner")
    maker = Visitor(link_id=link_id, label="owner", role="owner", shop_ids=None)
    _, secret = await api_keys.create(
        connection,
        maker,
        shop_ids=[shop_id],
        label="Grafana",
        key_scope="figures",
        expires_at=None,
    )
    async with httpx.AsyncClient(
        base_url=stand.panel.client.base_url,
        verify=False,
        timeout=patience.SECONDS,
        headers={"Authorization": f"Bearer {secret}"},
    ) as client:
        stand.clients["program"] = client
        opened = set()
        for route in stand.routes:
            if route.rule in ("public", "key"):
                continue
            response = await stand.ask(route, "program")
            if response.is_success or response.json()["code"] != "key_scope":
                opened.add(route.name)
    assert opened == set(OF_FIGURES.split("\n")) - {""}
