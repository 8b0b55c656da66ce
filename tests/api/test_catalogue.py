"""The owner's routes of the catalogue: access, pages, refusals."""

from typing import Any

import httpx

from tests.api.conftest import ANY, Panel, assert_problem
from tests.api.test_files import picture
from tests.factories import create_shop

TEA = {"title": "Чай", "price_minor": 300, "currency": "XTR"}


async def address_of(panel: Panel) -> str:
    async with panel.pool.acquire() as connection:
        return f"/api/v1/shops/{(await create_shop(connection)).id}"


async def made(owner: httpx.AsyncClient, address: str, **values: Any) -> dict[str, Any]:
    answer = await owner.post(f"{address}/products", json=TEA | values)
    assert answer.status_code == 201, answer.text
    product: dict[str, Any] = answer.json()
    return product


async def test_products_come_by_pages_from_the_last_one_on(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    ids = [(await made(owner, address, title=f"Чай {n}"))["id"] for n in range(5)]
    seen: list[int] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await owner.get(f"{address}/products", params=query)).json()
        seen += [each["id"] for each in page["products"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == ids
    found = await owner.get(f"{address}/products", params={"words": "чая", "category": "none"})
    assert len(found.json()["products"]) == 5
    for after in ("x", "1", "1.", "-1.1", "1.1.1", f"1.{'9' * 30}"):
        answer = await owner.get(f"{address}/products", params={"after": after})
        assert_problem(answer, 422, "cursor_invalid")


async def test_a_product_is_changed_from_what_was_read(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    product = await made(owner, address, stock=3)
    one = f"{address}/products/{product['id']}"
    tag = (await owner.get(one)).headers["etag"]
    draft = TEA | {"title": "Улун", "on_sale_from": "2030-01-01T00:00:00Z", "is_hidden": True}
    assert_problem(await owner.put(one, json=draft), 428, "version_missing")
    changed = await owner.put(one, json=draft, headers={"If-Match": tag})
    assert (changed.json()["title"], changed.json()["stock"]) == ("Улун", 3)
    stale = await owner.put(one, json=draft, headers={"If-Match": tag})
    assert_problem(stale, 412, "changed_meanwhile")
    counted = await owner.put(f"{one}/stock", json={"by": -3}, headers=ANY)
    assert counted.json()["stock"] == 0
    assert_problem(await owner.put(f"{one}/stock", json={"by": -1}, headers=ANY), 409, "conflict")
    gone = await owner.put(f"{one}/archived", json={"is_archived": True})
    assert gone.json()["is_archived"]
    archived = (await owner.get(f"{address}/products", params={"archived": "true"})).json()
    assert [each["id"] for each in archived["products"]] == [product["id"]]
    wrong = TEA | {"on_sale_from": "2030-01-02T00:00:00Z", "on_sale_until": "2030-01-01T00:00:00Z"}
    assert_problem(await owner.post(f"{address}/products", json=wrong), 422, "request_invalid")


async def test_variants_and_photos(panel: Panel, owner: httpx.AsyncClient) -> None:
    address = await address_of(panel)
    product = await made(owner, address)
    one = f"{address}/products/{product['id']}"
    small = (await owner.post(f"{one}/variants", json={"title": "S", "stock": 1})).json()
    large = (await owner.post(f"{one}/variants", json={"title": "L"})).json()
    again = await owner.post(f"{one}/variants", json={"title": "L"})
    assert_problem(again, 409, "variant_title_taken")

    async def put(path: str, body: dict[str, Any]) -> httpx.Response:
        """Over what is read now; over what was read before, nothing."""
        seen = (await owner.get(one)).headers["etag"]
        older = {"If-Match": f'"{int(seen.strip(chr(34))) - 1}"'}
        refused = await owner.put(f"{one}/{path}", json=body, headers=older)
        assert_problem(refused, 412, "changed_meanwhile")
        return await owner.put(f"{one}/{path}", json=body, headers={"If-Match": seen})

    changed = await put(f"variants/{large['id']}", {"title": "XL"})
    assert changed.json()["title"] == "XL"
    ordered = await put("variants-order", {"variants": [large["id"]]})
    assert [each["title"] for each in ordered.json()["variants"]] == ["XL", "S"]
    left = await owner.delete(f"{one}/variants/{small['id']}")
    assert [each["title"] for each in left.json()["variants"]] == ["XL"]
    file = (await owner.post(f"{address}/files", content=picture())).json()["sha256"]
    shown = await put("photos", {"photos": [file]})
    assert shown.json()["photos"] == [file]
    assert_problem(await put("photos", {"photos": ["a" * 64]}), 404, "file_not_found")


async def test_a_number_in_stock_replaces_the_one_that_was_seen(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    """A sale meanwhile is not undone."""
    address = await address_of(panel)
    one = f"{address}/products/{(await made(owner, address, stock=3))['id']}/stock"
    assert (await owner.put(one, json={"by": -1}, headers=ANY)).json()["stock"] == 2
    refused = await owner.put(one, json={"to": 10}, headers={"If-Match": '"3"'})
    assert_problem(refused, 412, "changed_meanwhile")
    assert refused.headers["etag"] == '"2"'
    counted = await owner.put(one, json={"to": None}, headers={"If-Match": '"2"'})
    assert counted.json()["stock"] is None
    counted = await owner.put(one, json={"to": 5}, headers={"If-Match": '"unlimited"'})
    assert counted.json()["stock"] == 5
    assert_problem(await owner.put(one, json={"to": 6}), 428, "version_missing")


async def test_products_are_listed_in_the_owners_order(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    first, second = [(await made(owner, address))["id"] for _ in range(2)]
    order = await owner.put(f"{address}/products-order", json={"products": [second, first]})
    assert order.status_code == 204
    listed = (await owner.get(f"{address}/products")).json()["products"]
    assert [each["id"] for each in listed] == [second, first]


async def test_categories_are_made_moved_and_taken_away(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    address = await address_of(panel)
    top = (await owner.post(f"{address}/categories", json={"title": "a"})).json()
    inner = (
        await owner.post(f"{address}/categories", json={"title": "b", "parent_id": top["id"]})
    ).json()
    await made(owner, address, category_id=inner["id"])
    moved = await owner.put(
        f"{address}/categories/{top['id']}",
        json={"title": "a", "parent_id": inner["id"]},
        headers={"If-Match": '"1"'},
    )
    assert_problem(moved, 422, "category_inside_itself")
    twice = await owner.post(f"{address}/categories", json={"title": "a"})
    assert_problem(twice, 409, "category_title_taken")
    assert (await owner.delete(f"{address}/categories/{top['id']}")).status_code == 204
    (left,) = (await owner.get(f"{address}/categories")).json()
    assert (left["title"], left["parent_id"], left["products"]) == ("b", None, 1)
    order = {"categories": [left["id"]]}
    assert (await owner.put(f"{address}/categories-order", json=order)).status_code == 200


async def test_only_owners_change_and_only_what_they_see(panel: Panel) -> None:
    address = await address_of(panel)
    other = await address_of(panel)
    async with panel.visitor("viewer") as viewer:
        assert (await viewer.get(f"{address}/products")).json() == {"products": [], "next": None}
        assert_problem(await viewer.post(f"{address}/products", json=TEA), 403, "forbidden")
    number = int(address.rsplit("/", 1)[1])
    async with panel.visitor(shop_ids=[number]) as stranger:
        product = await made(stranger, address)
        for path in ("products", "categories", f"products/{product['id']}"):
            assert_problem(await stranger.get(f"{other}/{path}"), 404, "shop_not_found")
    async with panel.visitor() as owner:
        assert_problem(await owner.get(f"{other}/products/{product['id']}"), 404, "not_found")
    assert_problem(await panel.client.get(f"{address}/products"), 401, "session_missing")
