"""The menu's entries over HTTP, as an owner puts them in order."""

from typing import Any

import httpx

from core.postgres import Connection
from tests.factories import create_bot, create_shop


async def test_an_owner_sees_the_entries_and_puts_them_in_order(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection), modules=["catalogue", "menu"])
    address = f"/api/v1/bots/{bot.id}/modules/menu"

    async def entries() -> list[dict[str, Any]]:
        response = await owner.get(f"{address}/entries")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()
        return found

    assert [entry["key"] for entry in await entries()] == ["catalogue:0", "help"]
    settings = {
        "links": [{"label": {"ru": "Канал", "en": "Channel"}, "url": "t.me/tea"}],
        "order": ["help", "link:1"],
        "hidden": ["catalogue:0"],
    }
    version = (await owner.get(f"{address}/settings")).headers["etag"]
    changed = await owner.put(
        f"{address}/settings", json={"settings": settings}, headers={"If-Match": version}
    )
    assert changed.status_code == 200, changed.text
    first, link, catalogue = await entries()
    assert first["module"] == "menu" and first["label"]["en"].endswith("Help and contacts")
    assert link == {
        "key": "link:1",
        "module": None,
        "label": {"ru": "Канал", "en": "Channel"},
        "is_hidden": False,
    }
    assert catalogue["is_hidden"] and catalogue["label"]["ru"].endswith("Каталог")
