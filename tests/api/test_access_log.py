"""The access log: every request, nobody's secrets, kept by the month."""

import csv
import io
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api import geography
from api.access_recorder import (
    STRANGERS,
    STRANGERS_AN_ADDRESS,
    WINDOW_SECONDS,
    AccessRecorder,
    StrangerQuota,
)
from api.geography import Geography, Whereabouts
from core.errors import ConfigurationError
from core.postgres import Connection, Pool
from core.shop import access, access_log
from core.shop.access import Place
from core.shop.access_log import AccessEntry
from core.shop.link_places import Limits
from tests.api.conftest import Panel, assert_problem, eventually
from tests.factories import create_bot, create_shop

LOG = "/api/v1/access/log"
LIMITS = Limits(places=4, speed_kmh=1000, distance_km=100)


async def logged(client: httpx.AsyncClient, **chosen: Any) -> list[dict[str, Any]]:
    response = await client.get(LOG, params=chosen)
    assert response.status_code == 200, response.text
    entries: list[dict[str, Any]] = response.json()
    return entries


async def test_every_request_is_logged_by_its_template_without_secrets(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    token = access.new_token()
    await owner.put(f"/api/v1/bots/{bot.id}/token", json={"token": "secret-of-a-bot"})
    await owner.get("/api/v1/overview", params={"shops": "99", "secret": token})
    await owner.head("/api/v1/shops")
    await panel.client.post("/api/v1/enter", json={"token": token})
    await panel.client.get(f"/api/none/{token}")
    await panel.client.post("/api/v1/leave", headers={"origin": "http://evil.example"})
    await panel.client.get("/api/v1/health")
    entries: list[dict[str, Any]] = []

    async def all_written() -> bool:
        entries[:] = await logged(owner)
        return len([each for each in entries if each["path"] != LOG]) >= 7

    await eventually(all_written)
    found = {(each["method"], each["path"]): each for each in entries}
    told = {key: (each["status"], each["decision"], each["reasons"]) for key, each in found.items()}
    wanted = {
        ("PUT", "/api/v1/bots/{bot_id}/token"): (422, "refused", ["token_malformed"]),
        ("GET", "/api/v1/overview"): (404, "refused", ["shop_not_found"]),
        ("GET", "/api/v1/shops"): (200, "allowed", []),
        ("POST", "(no route)"): (403, "refused", ["cross_site"]),
        ("GET", "/{path:path}"): (404, "refused", ["unknown_address"]),
    }
    assert {key: told.get(key) for key in wanted} == wanted
    entering = [each for each in entries if each["path"] == "/api/v1/enter"]
    assert sorted((each["status"], each["label"]) for each in entering if each["label"]) == [
        (204, "owner")
    ]
    (guess,) = [each for each in entering if each["label"] is None]
    assert guess["reasons"] == ["link_invalid"] and guess["address"] == "127.0.0.1"
    (seen,) = [each for each in entries if each["path"] == "/api/v1/overview"]
    assert seen["label"] == "owner" and seen["agent"].startswith("Python")
    assert seen["link_id"] and seen["session_id"] and seen["network"] == "127.0.0.0/24"
    everything = str(await connection.fetch("SELECT * FROM access_log"))
    for secret in (token, "secret-of-a-bot", "vts_", str(bot.id), "health"):
        assert secret not in everything


async def test_the_log_is_for_owners_each_for_what_he_manages(
    panel: Panel, connection: Connection
) -> None:
    mine, other = [(await create_shop(connection)).id for _ in range(2)]
    async with (
        panel.visitor("owner") as everything,
        panel.visitor("owner", [mine]) as owner,
        panel.visitor("viewer", [mine]) as viewer,
        panel.visitor("analyst", [other]) as stranger,
    ):
        for client in (viewer, stranger):
            await client.get("/api/v1/me")
            assert_problem(await client.get(LOG), 403, "forbidden")
        assert (await panel.client.get("/api/v1/me")).status_code == 401

        async def written() -> bool:
            return len(await logged(everything)) >= 9

        await eventually(written)
        assert {each["label"] for each in await logged(everything)} >= {
            "owner",
            "viewer",
            "analyst",
            None,
        }
        assert {each["label"] for each in await logged(owner)} == {"owner", "viewer"}
        (link,) = {each["link_id"] for each in await logged(owner) if each["label"] == "viewer"}
        of_one = await logged(owner, link=link, decision="refused")
        assert [(each["path"], each["status"]) for each in of_one] == [(LOG, 403)]
        first, *_ = await logged(owner)
        assert all(each["id"] < first["id"] for each in await logged(owner, before=first["id"]))
        assert await logged(owner, **{"from": "2020-01-01", "to": "2020-01-02"}) == []
        wrong = await owner.get(LOG, params={"from": "2026-02-01", "to": "2026-01-01"})
        assert_problem(wrong, 422, "request_invalid")


def entry(**values: Any) -> AccessEntry:
    defaults: dict[str, Any] = {
        "at": datetime.now(UTC),
        "link_id": None,
        "session_id": None,
        "place": Place(agent="curl"),
        "method": "GET",
        "path": "/api/v1/me",
        "status": 200,
    }
    return AccessEntry(**(defaults | values))


async def test_the_log_is_exported_as_csv_that_runs_nothing(
    owner: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.access_log._BATCH", 2)
    link_id, _ = await access.insert_link(connection, label='=1+1,"x"', role="viewer")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    await connection.execute("SET TIME ZONE 'Asia/Tokyo'")
    await access_log.keep_months(connection, at, days=3650)
    await access_log.write(
        connection,
        [entry(at=at, link_id=link_id, status=403, reasons=("forbidden",), key_id=7)] * 3,
    )
    response = await owner.get(f"{LOG}.csv", params={"from": "2026-11-01", "to": "2026-11-01"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert len(rows) == 3 and "\r\n" in response.text
    assert rows[0]["at"] == "2026-11-01T00:00:00+00:00"
    assert rows[0]["label"] == '\'=1+1,"x"' and rows[0]["reasons"] == "forbidden"
    assert rows[0]["agent"] == "curl" and rows[0]["session_id"] == "" and rows[0]["key_id"] == "7"


async def test_months_are_made_ahead_and_dropped_when_all_of_them_is_old(
    connection: Connection,
) -> None:
    async def months() -> list[str]:
        rows = await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits "
            "WHERE inhparent = 'access_log'::regclass ORDER BY 1"
        )
        return [row["name"].removeprefix("access_log_") for row in rows]

    later = datetime(2031, 1, 31, 23, 59, tzinfo=UTC)
    async with connection.transaction():
        await access_log.keep_months(connection, later, days=90)
        assert await months() == ["2031_01", "2031_02"]
        # The last entry of January is 90 days old at the end of the 1st of May.
        await access_log.keep_months(connection, later + timedelta(days=90), days=90)
        assert await months() == ["2031_01", "2031_02", "2031_05", "2031_06"]
        await access_log.keep_months(connection, later + timedelta(days=90, minutes=1), days=90)
        assert await months() == ["2031_02", "2031_05", "2031_06"]


async def test_a_store_that_is_away_holds_up_nothing_and_loses_nothing(
    pool: Pool, connection: Connection
) -> None:
    recorder = AccessRecorder(pool, Geography(None), LIMITS, days=90)
    await connection.execute("ALTER TABLE access_log RENAME TO away")
    for number in range(2500):
        recorder.note(entry(path=str(number), link_id=1, status=403))
    await recorder.write()
    await connection.execute("ALTER TABLE away RENAME TO access_log")
    await recorder.write()
    await recorder.write()
    paths = [row["path"] for row in await connection.fetch("SELECT path FROM access_log")]
    assert sorted(map(int, paths)) == list(range(2500))


async def test_what_does_not_fit_the_queue_is_dropped_and_said(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access_recorder.WAITING", 5)
    recorder = AccessRecorder(pool, Geography(None), LIMITS, days=90)
    for _ in range(7):
        recorder.note(entry(link_id=1, status=403))
    await recorder.write()
    assert await connection.fetchval("SELECT count(*) FROM access_log") == 5


def by_stranger(number: int, seconds: float = 0, six: bool = False) -> AccessEntry:
    at = datetime(2026, 11, 29, 12, tzinfo=UTC) + timedelta(seconds=seconds)
    if six:  # all of one household
        place = Place(IPv6Address(number + (0x2001 << 112)), "2001::/48")
    else:
        place = Place(IPv4Address(number + (10 << 24)), "10.0.0.0/24")
    return entry(at=at, place=place)


@pytest.mark.parametrize("six", [False, True])
def test_strangers_fill_only_so_much_of_the_log_each_and_together(six: bool) -> None:
    quota = StrangerQuota()
    one = [quota.take(by_stranger(number if six else 0, six=six)) for number in range(100)]
    assert one == [True] * STRANGERS_AN_ADDRESS + [False] * (100 - STRANGERS_AN_ADDRESS)
    assert quota.take(by_stranger(7))  # another address
    many = [quota.take(by_stranger(number)) for number in range(1000, 3000)]
    assert sum(many) == STRANGERS - STRANGERS_AN_ADDRESS - 1
    assert quota.take(by_stranger(0, seconds=WINDOW_SECONDS))


async def test_a_flood_of_strangers_does_not_push_out_the_owners_requests(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access_recorder.WAITING", 10)
    recorder = AccessRecorder(pool, Geography(None), LIMITS, days=90)
    for number in range(50):
        recorder.note(entry(place=Place(IPv4Address(number))))
    for _ in range(5):
        recorder.note(entry(link_id=1, status=403))
    await recorder.write()
    by_strangers = await connection.fetchval(
        "SELECT count(*) FROM access_log WHERE link_id IS NULL"
    )
    assert by_strangers == 5
    assert await connection.fetchval("SELECT count(*) FROM access_log WHERE link_id = 1") == 5


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (
            {"country": {"iso_code": "KZ"}, "location": {"latitude": 43.2, "longitude": 76.9}},
            Whereabouts("KZ", (43.2, 76.9)),
        ),
        ({"country": {"iso_code": "KZ"}}, Whereabouts("KZ")),
        ({"country_code": "KZ"}, Whereabouts("KZ")),
        ({"country": {}}, Whereabouts()),
        (None, Whereabouts()),
    ],
    ids=["city", "country", "flat", "no country", "none"],
)
def test_whereabouts_of_the_databases_that_there_are(record: object, found: Whereabouts) -> None:
    assert geography.whereabouts(record) == found


def test_a_database_is_optional_and_its_absence_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Geography(None).of(None) == Whereabouts()

    def missing(_name: str) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr("api.geography.import_module", missing)
    with pytest.raises(ConfigurationError, match="pip install maxminddb"):
        Geography(tmp_path / "x.mmdb")

    def refusing(_file: str) -> None:
        raise ValueError("no metadata")

    installed = SimpleNamespace(open_database=refusing, InvalidDatabaseError=RuntimeError)
    monkeypatch.setattr("api.geography.import_module", lambda _name: installed)
    with pytest.raises(ConfigurationError, match="no database in MaxMind's format"):
        Geography(tmp_path / "x.mmdb")
