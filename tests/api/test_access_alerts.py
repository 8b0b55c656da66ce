"""Alerts about access: from too many places, faster than anybody travels, guessing, exports."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access_recorder import AccessRecorder
from api.geography import UNKNOWN, Geography, Whereabouts
from core.postgres import STATES_CHANNEL, Connection, Pool
from core.settings import Settings
from core.shop import access, access_alerts, export_runs, link_places
from core.shop.access import Place, Visitor
from core.shop.access_alerts import Alert
from core.shop.access_log import AccessEntry
from core.shop.link_places import Limits, Sighting
from tests import properties
from tests.api.conftest import Panel, assert_problem, serving, until
from tests.factories import create_shop

ALERTS = "/api/v1/access/alerts"
LIMITS = Limits(places=4, speed_kmh=1000, distance_km=100)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MOSCOW, TOKYO, TVER = (55.76, 37.62), (35.68, 139.69), (56.86, 35.9)
DEGREES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def seen(number: int = 1, minutes: float = 0, **values: Any) -> Sighting:
    at = NOW + timedelta(minutes=minutes)
    defaults = {"network": f"10.0.{number}.0/24", "country": "RU", "agent": "Firefox, Linux"}
    return Sighting(1, at, **(defaults | values))


@pytest.mark.parametrize(
    ("one", "other", "minutes", "is_odd"),
    [
        (MOSCOW, TOKYO, 60, True),  # 7,500 km in an hour
        (MOSCOW, TOKYO, 10 * 60, False),  # by plane
        (MOSCOW, TVER, 5, True),  # 160 km in five minutes
        (MOSCOW, (55.8, 37.7), 0, False),  # across the city, at once: two databases differ so much
        (MOSCOW, None, 1, False),
    ],
    ids=["tokyo", "plane", "tver", "city", "unknown"],
)
def test_nobody_is_in_two_distant_places_at_once(
    one: tuple[float, float], other: tuple[float, float] | None, minutes: float, is_odd: bool
) -> None:
    known, new = seen(1, point=one), seen(2, minutes, point=other)
    for pair in ((known, new), (new, known)):
        assert [alert.kind for alert in link_places.travels(LIMITS, [pair[0]], [pair[1]])] == (
            ["travel"] if is_odd else []
        )
        # Within one batch, too.
        assert bool(link_places.travels(LIMITS, [], pair)) is is_odd
        both = {pair[0].key, pair[1].key}
        assert not link_places.travels(LIMITS, [pair[0]], [pair[1]], both)
        one_alone = {pair[0].key}
        assert bool(link_places.travels(LIMITS, [pair[0]], [pair[1]], one_alone)) is is_odd


def test_a_journey_counts_on_arrival_and_not_while_somebody_stays() -> None:
    moscow, tokyo = seen(1, point=MOSCOW), seen(2, 60, point=TOKYO)
    assert link_places.travels(LIMITS, [moscow], [tokyo])
    for minutes in (60, 61, 90):
        stays = seen(2, minutes, point=TOKYO)
        assert not link_places.travels(LIMITS, [moscow, tokyo], [stays])
    assert link_places.travels(LIMITS, [moscow, tokyo], [seen(1, 90, point=MOSCOW)])


@given(DEGREES, DEGREES)
@properties.examples(50)
def test_a_distance_is_the_same_both_ways_and_on_the_earth(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    there, back = (link_places.distance_km(*way) for way in ((one, other), (other, one)))
    assert 0 <= there <= 20_016
    assert there == pytest.approx(back)


def test_a_known_distance() -> None:
    assert link_places.distance_km(MOSCOW, TOKYO) == pytest.approx(7_480, rel=0.01)


@pytest.mark.parametrize(
    ("sightings", "value"),
    [
        ([seen(number) for number in range(3)], None),
        ([seen(number) for number in range(4)], 4),
        ([seen(country=code) for code in "ABCDE"], 5),
        ([seen(agent=name) for name in "ABCD"], 4),
        ([seen(number % 3, country="", agent="") for number in range(9)], None),
    ],
    ids=["three", "networks", "countries", "programs", "unknown"],
)
def test_four_places_a_day_are_many(sightings: list[Sighting], value: int | None) -> None:
    found = link_places.crowds(LIMITS, sightings)
    assert [alert.value for alert in found] == ([] if value is None else [value])


class Atlas(Geography):
    """Whereabouts by the second number of an address."""

    def __init__(self, points: dict[int, tuple[float, float]]) -> None:
        super().__init__(None)
        self._points = points

    def of(self, address: IPv4Address | IPv6Address | None) -> Whereabouts:
        return UNKNOWN if address is None else Whereabouts("RU", self._points[address.packed[1]])


async def used(
    recorder: AccessRecorder, link_id: int, second: int, agent: str = "Firefox, Linux"
) -> None:
    """A request by the link from the network 10.<second>.0.0/24, written."""
    address = IPv4Address(f"10.{second}.0.1")
    place = Place(address, f"10.{second}.0.0/24", agent=agent)
    recorder.note(AccessEntry(datetime.now(UTC), link_id, None, place, "GET", "/api/v1/shops", 200))
    await recorder.write()


async def alerts(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    response = await client.get(ALERTS)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


async def test_a_link_from_many_networks_is_an_alert_until_it_was_me(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    link_id, _ = await access.insert_link(connection, label="Анна", role="viewer")
    recorder = AccessRecorder(panel.pool, Geography(None), LIMITS, days=90)
    for second in (1, 2, 3):
        await used(recorder, link_id, second)
    assert await alerts(owner) == []
    await used(recorder, link_id, 4)
    await used(recorder, link_id, 4)
    (alert,) = await alerts(owner)
    assert (alert["kind"], alert["label"], alert["value"], alert["threshold"]) == (
        "places",
        "Анна",
        4,
        4,
    )
    assert len(alert["details"]["networks"]) == 4 and alert["times"] == 1

    (needs,) = [
        item
        for item in (await owner.get("/api/v1/attention")).json()
        if item["kind"] == "access_alert"
    ]
    assert (needs["reason"], needs["subject"], needs["alert_id"]) == (
        "places",
        f"Анна (#{link_id})",
        alert["id"],
    )

    answer = f"{ALERTS}/{alert['id']}/answer"
    assert (await owner.post(answer, json={"answer": "was_me"})).status_code == 204
    assert_problem(await owner.post(answer, json={"answer": "was_me"}), 404, "not_found")
    assert await alerts(owner) == []
    (told,) = (await owner.get(ALERTS, params={"answered": True})).json()
    assert told["answer"] == "was_me"
    for second in (1, 2, 5, 6, 7):  # what he knows, and three more
        await used(recorder, link_id, second)
    assert await alerts(owner) == []
    await used(recorder, link_id, 8)
    assert [each["value"] for each in await alerts(owner)] == [4]


async def test_travel_is_noticed_and_revoking_ends_link_and_alerts(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    link_id, token = await access.insert_link(connection, label="Анна", role="viewer")
    await panel.client.post("/api/v1/enter", json={"token": token})
    recorder = AccessRecorder(panel.pool, Atlas({1: MOSCOW, 2: TOKYO}), LIMITS, days=90)
    await used(recorder, link_id, 1)
    assert await alerts(owner) == []
    await used(recorder, link_id, 2)
    (alert,) = await alerts(owner)
    assert alert["kind"] == "travel" and alert["details"]["kilometres"] > 7_000
    await used(recorder, link_id, 2)
    assert [each["times"] for each in await alerts(owner)] == [1]
    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    answer = f"{ALERTS}/{alert['id']}/answer"
    assert (await owner.post(answer, json={"answer": "revoked"})).status_code == 204
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")
    assert await alerts(owner) == []


async def test_alerts_are_for_owners_of_the_link(panel: Panel, connection: Connection) -> None:
    mine, other = [(await create_shop(connection)).id for _ in range(2)]
    for label, shop_ids in (("of mine", [mine]), ("of other", [other]), ("of all", None)):
        link_id, _ = await access.insert_link(
            connection, label=label, role="viewer", shop_ids=shop_ids
        )
        await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    await access_alerts.raise_alert(connection, Alert("guessing", 10, 10, subject="192.0.2.1"))
    async with (
        panel.visitor("owner") as everything,
        panel.visitor("owner", [mine]) as owner,
        panel.visitor("viewer", [mine]) as viewer,
    ):
        assert len(await alerts(everything)) == 4
        assert [each["label"] for each in await alerts(owner)] == ["of mine"]
        assert_problem(await viewer.get(ALERTS), 403, "forbidden")
        kinds = [each["kind"] for each in (await viewer.get("/api/v1/attention")).json()]
        assert "access_alert" not in kinds
        (strange,) = [each for each in await alerts(everything) if each["label"] == "of other"]
        refused = await owner.post(f"{ALERTS}/{strange['id']}/answer", json={"answer": "revoked"})
        assert_problem(refused, 404, "not_found")
        (guessing,) = [each for each in await alerts(everything) if each["kind"] == "guessing"]
        address = f"{ALERTS}/{guessing['id']}/answer"
        refused = await everything.post(address, json={"answer": "revoked"})
        assert_problem(refused, 409, "nothing_to_revoke")
        assert (await everything.post(address, json={"answer": "was_me"})).status_code == 204


async def test_guessing_is_refused_and_an_alert_by_address_and_over_all(
    panel_settings: Settings, pool: Pool
) -> None:
    settings = panel_settings.model_copy(
        update={
            "trusted_proxies": "127.0.0.0/8",
            "alert_guesses": 2,
            "alert_guesses_overall": 5,
        }
    )
    async with serving(settings, pool) as panel, panel.visitor() as owner:

        async def guess(number: int) -> int:
            headers = {"x-forwarded-for": f"198.51.100.{number}"}
            answer = await panel.client.post(
                "/api/v1/enter", json={"token": access.new_token()}, headers=headers
            )
            return answer.status_code

        assert [await guess(1) for _ in range(3)] == [401, 401, 429]
        (alert,) = await alerts(owner)
        assert (alert["kind"], alert["subject"], alert["value"]) == ("guessing", "198.51.100.1", 2)
        # Many addresses, each below its own limit.
        assert [await guess(number) for number in (2, 3, 4, 5)] == [401, 401, 401, 429]
        assert {each["subject"] for each in await alerts(owner)} == {"198.51.100.1", ""}
        assert (await owner.get("/api/v1/me")).status_code == 200


async def test_many_exports_and_a_large_one_are_alerts(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    link_id, _ = await access.insert_link(connection, label="Анна", role="analyst")
    visitor = Visitor(link_id=link_id, label="Анна", role="analyst", shop_ids=None)

    async def export(size: int, dataset: str = "orders") -> None:
        unusual.append(await export_runs.is_unusual(connection, visitor, dataset, 7))
        run = await export_runs.begin(connection, visitor, dataset, "csv")
        await export_runs.finish(connection, run, size, 10)

    unusual: list[bool] = []
    for size in (100, 90, 110, 100):
        await export(size)
    await export(2_000)  # there is not enough to compare it with
    assert await alerts(owner) == []
    await export(999)
    assert await alerts(owner) == []
    await export(1_050)  # the median is 105 by now
    assert {(each["kind"], each["value"], each["label"]) for each in await alerts(owner)} == {
        ("exports", 7, "Анна"),
        ("export_size", 10, "Анна"),
    }
    assert unusual == [False] * 6 + [True]
    # An hour later only the large one is left to be answered for; a key is counted by itself.
    await connection.execute("UPDATE export_runs SET started_at = now() - interval '2 hours'")
    assert await export_runs.is_unusual(connection, visitor, "orders", 7)
    await connection.execute("UPDATE access_alerts SET answer = 'was_me', answered_at = now()")
    assert not await export_runs.is_unusual(connection, visitor, "orders", 7)
    program = visitor.model_copy(update={"key_id": 3})
    for _ in range(6):
        await export_runs.begin(connection, program, "orders", "csv")
    assert await export_runs.is_unusual(connection, program, "orders", 7)
    assert not await export_runs.is_unusual(connection, visitor, "orders", 7)


async def test_an_export_is_compared_with_those_of_the_same_shops(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    small, large = [(await create_shop(connection)).id for _ in range(2)]

    async def export(shop_id: int, size: int) -> None:
        link_id, _ = await access.insert_link(
            connection, label="x", role="analyst", shop_ids=[shop_id]
        )
        visitor = Visitor(link_id=link_id, label="x", role="analyst", shop_ids=[shop_id])
        run = await export_runs.begin(connection, visitor, "orders", "csv")
        await export_runs.finish(connection, run, size, 10)

    for _ in range(export_runs.USUAL):
        await export(small, 100)
    for _ in range(export_runs.USUAL + 1):
        await export(large, 5_000)
    assert await alerts(owner) == []
    await export(small, 1_000)  # beside the large ones it would not be unusual
    assert [each["value"] for each in await alerts(owner)] == [10]


async def test_every_panel_that_may_answer_is_told_of_an_alert(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO shops (name, currency, timezone, language) "
        "SELECT 'x', 'RUB', 'UTC', 'ru' FROM generate_series(1, 120)"
    )
    shop = await create_shop(connection)
    told: list[object] = []

    def hear(*said: object) -> None:
        told.append(said[-1])

    link_id, _ = await access.insert_link(connection, label="x", role="viewer", shop_ids=[shop.id])
    await connection.add_listener(STATES_CHANNEL, hear)
    try:
        await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
        await until(lambda: told == [str(shop.id)])
        await access_alerts.raise_alert(connection, Alert("guessing", 5, 5))
        await until(lambda: len(told) == 122)
    finally:
        await connection.remove_listener(STATES_CHANNEL, hear)
