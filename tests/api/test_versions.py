"""Two people change the same thing: the second is told, and nothing of the first is lost."""

from typing import Any

import httpx

from core.postgres import Connection
from tests.api.conftest import Panel, assert_problem
from tests.api.test_orders_panel import sold
from tests.api.test_reviews_panel import one_waits
from tests.api.test_support_panel import asked
from tests.factories import create_bot, create_product, create_shop


async def both_change(
    owner: httpx.AsyncClient, path: str, version: object, *bodies: dict[str, Any]
) -> None:
    """Both have seen `version`; the second then changes what the first has left."""
    first, second = bodies
    seen = {"If-Match": f'"{version}"'}
    assert_problem(await owner.put(path, json=first), 428, "version_missing")
    changed = await owner.put(path, json=first, headers=seen)
    assert changed.status_code == 200, changed.text
    late = await owner.put(path, json=second, headers=seen)
    assert_problem(late, 412, "changed_meanwhile")
    over = await owner.put(path, json=second, headers={"If-Match": late.headers["etag"]})
    assert over.status_code == 200, over.text


async def test_support_is_changed_by_its_versions(panel: Panel) -> None:
    _, path = await asked(panel)
    async with panel.visitor() as owner:
        (ticket,) = (await owner.get(f"{path}/tickets")).json()["tickets"]
        who = f"{path}/tickets/{ticket['id']}/assignee"
        await both_change(owner, who, ticket["version"], {"assignee": "A"}, {"assignee": "B"})
        ready = {"title": "Hello", "text": {"en": "Hello!"}}
        made = (await owner.post(f"{path}/answers", json=ready)).json()
        at = f"{path}/answers/{made['id']}"
        await both_change(owner, at, made["version"], ready | {"title": "A"}, ready)
        question = {"question": {"en": "How much?"}, "answer": {"en": "$5"}}
        made = (await owner.post(f"{path}/questions", json=question)).json()
        at = f"{path}/questions/{made['id']}"
        await both_change(owner, at, made["version"], question | {"position": 2}, question)


async def test_a_note_and_an_answer_are_changed_by_their_versions(
    panel: Panel, connection: Connection
) -> None:
    path, _, order = await sold(panel)
    reviews, _ = await one_waits(connection)
    async with panel.visitor() as owner:
        one = f"{path}/orders/{order.id}"
        version = (await owner.get(one)).json()["version"]
        await both_change(owner, f"{one}/note", version, {"note": "call"}, {"note": "write"})
        (review,) = (await owner.get(f"{reviews}/reviews")).json()["reviews"]
        answer = f"{reviews}/reviews/{review['id']}/answer"
        await both_change(owner, answer, review["version"], {"text": "Thanks"}, {"text": "Sorry"})


async def test_a_link_and_a_service_are_changed_by_their_versions(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["bookings", "cart", "orders", "stock"])
    product = await create_product(connection, shop.id, kind="service")
    links = f"/api/v1/shops/{shop.id}/sources"
    made = (await owner.post(links, json={"code": "may", "label": "May"})).json()
    one = f"{links}/{made['id']}"
    await both_change(owner, one, made["version"], {"label": "A"}, {"label": "B"})
    services = f"/api/v1/bots/{bot.id}/modules/bookings/services"
    (row,) = (await owner.get(services)).json()
    at = f"{services}/{product.id}"
    await both_change(owner, at, row["version"], {"minutes": 30}, {"minutes": 45})
