"""Whether the panel says that it works in a reduced way, and why."""

from datetime import UTC, datetime, timedelta

import httpx

from api import degradation
from api.degradation import LATE, Degradation, is_late
from api.reader import Reader
from core.clickhouse import open_client
from tests.api.conftest import Panel
from tests.api.happenings import happening, record

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_pipelines_are_late_when_events_wait_for_them() -> None:
    soon, late = LATE - timedelta(seconds=1), LATE + timedelta(seconds=1)
    assert not is_late(None, None, None)  # nothing has ever happened
    assert not is_late(None, None, NOW)
    assert not is_late(NOW - soon, NOW, None)  # a new shop's first hours
    assert is_late(NOW - late, NOW, None)
    assert not is_late(NOW - 9 * late, NOW, NOW - soon)
    assert is_late(NOW - 9 * late, NOW, NOW - late)
    assert not is_late(NOW - 9 * late, NOW - 2 * late, NOW - 2 * late)  # quiet since


async def test_without_clickhouse_the_panel_says_what_works(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    found = (await owner.get("/api/v1/status")).json()
    assert found["degraded"] is True
    (part,) = found["parts"]
    assert (part["part"], part["state"]) == ("figures", "away")
    assert found["computed_at"] is None
    assert "Магазины" in part["explained"]["ru"] and "Shops" in part["explained"]["en"]
    assert (await panel.client.get("/api/v1/status")).status_code == 401


async def test_what_nobody_computes_is_late(clickhouse_url: str, clickhouse_panel_url: str) -> None:
    reader = Reader(clickhouse_panel_url)
    try:
        assert not (await Degradation(reader).status()).degraded
        now = datetime.now(UTC)
        for hours in (5, 0):
            at = now - timedelta(hours=hours)
            record(clickhouse_url, happening("bot_started", 1, at=at))
        looking = Degradation(reader)
        status = await looking.status()
        assert status.degraded and [part.state for part in status.parts] == ["late"]
        assert status.parts[0].as_of is None and status.computed_at is None
        with open_client(clickhouse_url) as client:
            client.command("INSERT INTO shop_kpi_day (shop_id, day) VALUES (1, today())")
        assert await looking.status() is status  # kept for a while
        mended = await Degradation(reader).status()
        assert not mended.degraded
        # ClickHouse keeps whole seconds, and its clock is ours.
        assert mended.computed_at and abs(mended.computed_at - now) < timedelta(minutes=10)
        assert degradation.KEEP_SECONDS < 60
    finally:
        await reader.close()
