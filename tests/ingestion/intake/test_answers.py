"""The intake's answers besides its own routes: HEAD, a missing table, headers for browsers."""

import httpx
import pytest

from core.postgres import Connection
from core.settings import Settings
from tests import patience
from tests.ingestion.intake.conftest import Sender, event, serving


async def test_head_is_answered_as_get_is(sender: Sender) -> None:
    head = await sender.client.head("/v1/openapi.json")
    get = await sender.client.get("/v1/openapi.json")
    assert (head.status_code, head.content) == (200, b"") and get.content
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]
    for path in ("/v1/events", "/v1/import", "/v1/none", "/%00", "/" + "a" * 300):
        head, get = await sender.client.head(path), await sender.client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert 400 <= head.status_code < 500


@pytest.mark.parametrize("table", ["write_keys", "outbox", "intake_events"])
async def test_a_missing_table_says_what_to_do_and_takes_nothing(
    sender: Sender, connection: Connection, table: str
) -> None:
    await connection.execute(f"ALTER TABLE {table} RENAME TO {table}_of_old")
    response = await sender.post(event(id="again"))
    assert response.status_code == 503, response.text
    problem = response.json()
    assert problem["code"] == "store_not_migrated"
    assert "nothing was taken" in problem["detail"] and "`vitrina migrate`" in problem["detail"]
    await connection.execute(f"ALTER TABLE {table}_of_old RENAME TO {table}")
    assert await sender.send(event(id="again")) == (1, 0)


async def test_browsers_are_told_that_it_stays_tls(
    intake_settings: Settings, sender: Sender
) -> None:
    says_tls = {"x-forwarded-proto": "https"}
    answer = await sender.client.get("/v1/openapi.json", headers=says_tls)
    assert "strict-transport-security" not in answer.headers  # nobody trusted said so
    assert answer.headers["x-content-type-options"] == "nosniff"
    trusting = intake_settings.model_copy(update={"trusted_proxies": "127.0.0.1"})
    async with (
        serving(trusting) as (url, _),
        httpx.AsyncClient(base_url=url, timeout=patience.SECONDS, verify=False) as client,
    ):
        for path in ("/v1/openapi.json", "/v1/events"):
            secure = await client.get(path, headers=says_tls)
            assert secure.headers["strict-transport-security"] == "max-age=31536000"
            plain = await client.get(path)
            assert "strict-transport-security" not in plain.headers
