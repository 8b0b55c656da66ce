"""Web hooks at the API's edge: made, changed by their version, tested, their log, "needs you"."""

import httpx

from core.postgres import Connection
from tests import factories
from tests.api.conftest import Panel, assert_problem

DRAFT = {"label": "1C", "url": "https://8.8.8.8/hook", "events": ["order.paid"]}


async def test_an_owner_makes_changes_and_deletes_one(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/webhooks"
    made = await owner.post(path, json=DRAFT)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    one = f"{path}/{made.json()['id']}"
    listed = await owner.get(path)
    assert secret not in listed.text
    assert [each["label"] for each in listed.json()["webhooks"]] == ["1C"]
    assert "order.refunded" in [each["name"] for each in listed.json()["events"]]

    draft = DRAFT | {"with_personal": True, "is_on": False}
    assert_problem(await owner.put(one, json=draft), 428, "version_missing")
    changed = await owner.put(one, json=draft, headers={"If-Match": '"1"'})
    assert (changed.json()["state"], changed.headers["etag"]) == ("off", '"2"')
    late = await owner.put(one, json=draft, headers={"If-Match": '"1"'})
    assert_problem(late, 412, "changed_meanwhile")
    assert late.headers["etag"] == (await owner.get(one)).headers["etag"] == '"2"'

    rotated = await owner.post(f"{one}/secret", json={"overlap_minutes": 60})
    assert rotated.json()["secret"] != secret
    assert rotated.json()["former_secret_ends_at"] is not None
    assert (await owner.delete(one)).status_code == 204
    assert_problem(await owner.get(one), 404, "not_found")


async def test_an_address_that_is_not_public_is_refused_with_words(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/webhooks"
    for url in (
        "http://8.8.8.8/hook",
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://user:pw@8.8.8.8/",
        "not an address",
    ):
        refused = await owner.post(path, json=DRAFT | {"url": url})
        assert_problem(refused, 422, "address_refused")
        assert refused.json()["explained"].keys() == {"ru", "en"}
    wrong = await owner.post(path, json=DRAFT | {"events": ["order.eaten"]})
    assert_problem(wrong, 422, "request_invalid")
    assert not await connection.fetchval("SELECT count(*) FROM webhook_endpoints")


async def test_the_log_the_test_and_replays(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/webhooks"
    one = f"{path}/{(await owner.post(path, json=DRAFT)).json()['id']}"
    tested = await owner.post(f"{one}/test")
    assert (tested.status_code, tested.json()["state"]) == (202, "waiting")
    delivery = f"{one}/deliveries/{tested.json()['id']}"
    assert_problem(await owner.post(f"{delivery}/replay"), 404, "not_found")
    await connection.execute("UPDATE webhook_deliveries SET event = 'order.paid', state = 'parked'")
    (item,) = (await owner.get("/api/v1/attention")).json()
    assert (item["kind"], item["subject"], item["count"]) == ("webhook_parked", "1C", 1)
    assert item["webhook_id"] == int(one.rpartition("/")[2])

    chosen = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
    assert (await owner.post(f"{one}/replay", json=chosen)).json() == {"count": 1}
    assert (await owner.get(delivery)).json()["state"] == "waiting"
    await connection.execute("UPDATE webhook_deliveries SET state = 'parked'")
    assert (await owner.get(f"{one}/deliveries?state=parked")).json()["next"] is None
    assert (await owner.delete(f"{one}/parked")).json() == {"count": 1}
    assert (await owner.get("/api/v1/attention")).json() == []
    assert (await owner.get(f"{one}/deliveries")).json()["deliveries"][0]["state"] == "dropped"
    naive = chosen | {"start": "2020-01-01T00:00:00"}
    assert_problem(await owner.post(f"{one}/replay", json=naive), 422, "request_invalid")


async def test_they_are_for_owners_of_that_shop(panel: Panel, connection: Connection) -> None:
    shop, other = [await factories.create_shop(connection) for _ in range(2)]
    path = f"/api/v1/shops/{shop.id}/webhooks"
    async with panel.visitor("analyst") as analyst:
        assert_problem(await analyst.get(path), 403, "forbidden")
    async with panel.visitor("owner", [other.id]) as stranger:
        assert_problem(await stranger.post(path, json=DRAFT), 404, "shop_not_found")
