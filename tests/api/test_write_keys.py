"""Write keys at the API's edge."""

import httpx

from core.postgres import Connection
from core.shop import write_keys
from tests import factories
from tests.api.conftest import Panel, assert_problem


async def test_an_owner_makes_lists_and_revokes_keys(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/write-keys"
    assert (await owner.get(path)).json() == []

    made = await owner.post(path, json={"label": " our site "})
    assert made.status_code == 201
    key = made.json()
    assert (key["label"], key["shop_id"], key["last_used_at"]) == ("our site", shop.id, None)
    assert (await write_keys.writer(connection, key["secret"])).shop_id == shop.id

    listed = await owner.get(path)
    assert [each["id"] for each in listed.json()] == [key["id"]]
    assert key["secret"] not in listed.text

    assert (await owner.delete(f"{path}/{key['id']}")).status_code == 204
    assert (await owner.get(path)).json() == []
    assert_problem(await owner.delete(f"{path}/{key['id']}"), 404, "not_found")
    assert_problem(await owner.post(path, json={"label": ""}), 422, "request_invalid")


async def test_keys_are_for_owners_of_that_shop(panel: Panel, connection: Connection) -> None:
    shop, other = [await factories.create_shop(connection) for _ in range(2)]
    path = f"/api/v1/shops/{shop.id}/write-keys"
    assert_problem(await panel.client.get(path), 401, "session_missing")
    async with panel.visitor("analyst") as analyst:
        assert_problem(await analyst.get(path), 403, "forbidden")
        assert_problem(await analyst.post(path, json={"label": "x"}), 403, "forbidden")
    async with panel.visitor("owner", [other.id]) as stranger:
        assert_problem(await stranger.get(path), 404, "shop_not_found")
        assert_problem(await stranger.post(path, json={"label": "x"}), 404, "shop_not_found")
        assert_problem(await stranger.delete(f"{path}/1"), 404, "shop_not_found")
    async with panel.visitor() as owner:
        missing = f"/api/v1/shops/{other.id + 1}/write-keys"
        assert_problem(await owner.get(missing), 404, "shop_not_found")
