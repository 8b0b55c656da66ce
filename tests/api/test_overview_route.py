"""Who may see which shops, and the answers while a store is away."""

import httpx

from core.postgres import Connection
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import NOON, paid, record
from tests.factories import create_shop


async def test_a_visitor_never_counts_what_others_sell(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    mine, other = await create_shop(connection), await create_shop(connection)
    record(clickhouse_url, paid(mine.id, 100, at=NOON), paid(other.id, 7, at=NOON))
    async with counting_panel.visitor("viewer", [mine.id]) as client:
        for query in ("", f"shops={mine.id}"):
            overview = (await client.get(f"/api/v1/overview?period=7d&{query}")).json()
            assert overview["shops"] == [mine.id]
            assert overview["figures"][0]["key"] == "net_sales"
            assert overview["figures"][0]["value"] == 100
            assert [item["shop_id"] for item in overview["feed"]] == [mine.id]
        for path in ("overview?", "live?", "exports/sales.csv?from=2026-01-01&to=2026-01-02&"):
            for shops in (f"{other.id}", f"{mine.id},{other.id}", "999999"):
                response = await client.get(f"/api/v1/{path}shops={shops}")
                assert_problem(response, 404, "shop_not_found")
    async with counting_panel.visitor("analyst") as client:
        overview = (await client.get("/api/v1/overview?period=7d")).json()
        assert overview["shops"] == [mine.id, other.id]
        assert overview["figures"][0]["value"] == 107


async def test_a_malformed_question_names_the_field(owner: httpx.AsyncClient) -> None:
    for query, field in (
        ("shops=1,x", "query.shops"),
        ("shops=-1", "query.shops"),
        ("shops=99999999999", "query.shops"),
        ("period=1y", "query.period"),
    ):
        response = await owner.get(f"/api/v1/overview?{query}")
        assert_problem(response, 422, "request_invalid")
        assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_both_stores_are_ready(counting_panel: Panel) -> None:
    assert (await counting_panel.client.get("/api/v1/health")).json() == {"status": "ok"}
    response = await counting_panel.client.get("/api/v1/ready")
    assert (response.status_code, response.json()) == (200, {"postgres": True, "clickhouse": True})


async def test_the_panel_opens_while_clickhouse_is_away(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    response = await panel.client.get("/api/v1/ready")
    assert response.status_code == 503
    assert response.json() == {"postgres": True, "clickhouse": False}
    assert (await owner.get("/api/v1/shops")).json() == []
    assert_problem(await owner.get("/api/v1/overview"), 503, "clickhouse_unavailable")
    export = await owner.get("/api/v1/exports/sales.csv?from=2026-01-01&to=2026-01-01")
    assert_problem(export, 503, "clickhouse_unavailable")
