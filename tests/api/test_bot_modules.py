"""A bot's modules in the panel: switched on and off, configured, restored; refusals are
explained."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from core.modules import Modules
from core.settings import Settings
from core.shop import hooks
from tests.api.conftest import Panel, assert_problem, serving
from tests.factories import KEYS, create_bot, create_shop

TOKEN = "provider-secret-of-the-shop"


async def made_bot(panel: Panel, *modules: str, **values: Any) -> int:
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        return (await create_bot(connection, shop, modules=list(modules), **values)).id


def modules_of(response: httpx.Response) -> dict[str, dict[str, Any]]:
    assert response.status_code == 200, response.text
    return {each["key"]: each for each in response.json()["modules"]}


async def test_what_a_bot_has_and_could_have(toys: Panel) -> None:
    bot = await made_bot(toys, "gift", "gone")
    async with toys.visitor("viewer") as viewer:
        found = modules_of(await viewer.get(f"/api/v1/bots/{bot}/modules"))
    assert list(found) == ["gift", "gone", "ribbon", "rival"]
    gift, gone, ribbon = found["gift"], found["gone"], found["ribbon"]
    assert gift["is_on"] and gift["has_panel"] and gift["has_hook"] and gift["has_settings"]
    assert gift["title"] == {"ru": "Подарки", "en": "Gifts"}
    assert (gone["is_installed"], gone["is_on"]) == (False, True)
    assert ribbon["requires"] == ["gift"] and not ribbon["is_on"] and ribbon["version"] == 0


async def test_a_module_is_switched_with_what_it_needs(toys: Panel) -> None:
    bot = await made_bot(toys)
    address = f"/api/v1/bots/{bot}/modules"
    async with toys.visitor() as owner:
        refused = await owner.put(f"{address}/ribbon", json={"is_on": True})
        assert_problem(refused, 409, "module_needs")
        both = {"is_on": True, "with_others": True}
        found = modules_of(await owner.put(f"{address}/ribbon", json=both))
        assert found["gift"]["is_on"] and found["ribbon"]["is_on"]
        assert found["gift"]["required_by"] == ["ribbon"]
        refused = await owner.put(f"{address}/gift", json={"is_on": False})
        assert_problem(refused, 409, "module_needed")
        clash = await owner.put(f"{address}/rival", json={"is_on": True})
        assert_problem(clash, 409, "modules_conflict")
        assert "Ribbons" in clash.json()["detail"] and "A rival" in clash.json()["detail"]
        found = modules_of(await owner.get(address))
        assert not found["rival"]["is_on"]
        ordered = await owner.put(
            f"/api/v1/bots/{bot}/modules-order", json={"modules": ["ribbon", "gift"]}
        )
        assert list(modules_of(ordered))[:2] == ["ribbon", "gift"]
        off = {"is_on": False, "with_others": True}
        found = modules_of(await owner.put(f"{address}/gift", json=off))
        assert not any(each["is_on"] for each in found.values())
        assert_problem(await owner.put(f"{address}/none", json=both), 404, "module_not_found")


async def test_only_owners_of_the_shop_change_a_bots_modules(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    address = f"/api/v1/bots/{bot}/modules/gift"
    async with toys.visitor("analyst") as analyst:
        for path in ("settings", "history", "hook"):
            assert_problem(await analyst.get(f"{address}/{path}"), 403, "forbidden")
        assert_problem(await analyst.put(address, json={"is_on": False}), 403, "forbidden")
    async with toys.visitor(shop_ids=[2**31 - 1]) as stranger:
        assert_problem(await stranger.get(f"{address}/settings"), 404, "bot_not_found")
        assert_problem(await stranger.put(address, json={"is_on": False}), 404, "bot_not_found")
        assert_problem(await stranger.get(f"/api/v1/bots/{bot}/modules"), 404, "bot_not_found")


async def test_a_bot_that_only_counts_has_no_modules(toys: Panel) -> None:
    bot = await made_bot(toys, mode="observed")
    async with toys.visitor() as owner:
        response = await owner.put(f"/api/v1/bots/{bot}/modules/gift", json={"is_on": True})
        assert_problem(response, 409, "conflict")


async def write(
    client: httpx.AsyncClient, address: str, settings: dict[str, Any], version: int
) -> httpx.Response:
    return await client.put(
        f"{address}/settings",
        json={"settings": settings},
        headers={"If-Match": f'"{version}"'},
    )


async def test_settings_are_read_and_written_a_secret_is_never_shown(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    address = f"/api/v1/bots/{bot}/modules/gift"
    async with toys.visitor() as owner:
        page = await owner.get(f"{address}/settings")
        assert page.headers["etag"] == '"1"'
        form = page.json()["form"]["properties"]
        assert form["card"]["x-title"] == {"ru": "Открытка", "en": "The card"}
        assert form["cover"]["x-kind"] == "picture"
        settings = page.json()["settings"]
        assert settings["token"] is None and settings["card"] == {"ru": "", "en": ""}

        draft = settings | {"card": {"ru": "С праздником", "en": "Joy"}, "token": TOKEN}
        written = await write(owner, address, draft, 1)
        assert (written.status_code, written.headers["etag"]) == (200, '"2"')
        again = written.json()["settings"] | {"most": 5}
        assert again["token"] == {"set": True, "tail": "shop"}
        kept = await write(owner, address, again, 2)
        assert kept.json()["settings"] == again
        shown = [page, written, kept, await owner.get(f"{address}/settings")]
        shown.append(await owner.get(f"{address}/history/3"))
    assert not any(TOKEN in each.text or "sealed" in each.text for each in shown)


async def test_what_was_changed_meanwhile_is_not_overwritten(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    address = f"/api/v1/bots/{bot}/modules/gift"
    async with toys.visitor() as owner:
        assert (await write(owner, address, {"most": 5}, 1)).status_code == 200
        assert_problem(await write(owner, address, {"most": 6}, 1), 412, "changed_meanwhile")
        bare = await owner.put(f"{address}/settings", json={"settings": {"most": 6}})
        assert_problem(bare, 428, "version_missing")
        assert (await owner.get(f"{address}/settings")).json()["settings"]["most"] == 5


async def test_changes_are_listed_and_undone(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    address = f"/api/v1/bots/{bot}/modules/gift"
    async with toys.visitor() as owner:
        for version, most in ((1, 5), (2, 6)):
            await write(owner, address, {"most": most}, version)
        changes = (await owner.get(f"{address}/history")).json()
        assert [(each["version"], each["action"], each["by"]) for each in changes] == [
            (3, "settings", "owner"),
            (2, "settings", "owner"),
            (1, "begun", ""),
        ]
        assert (await owner.get(f"{address}/history/2")).json()["most"] == 5
        changed = (await owner.get(f"{address}/history/3/difference")).json()
        assert [each["field"] for each in changed] == ["most"]
        assert changed[0]["before"] == 5 != changed[0]["after"]
        same = await owner.get(f"{address}/history/3/difference", params={"since": 3})
        assert same.json() == []
        back = await owner.post(f"{address}/history/2/restore", headers={"If-Match": '"3"'})
        assert (back.json()["version"], back.json()["settings"]["most"]) == (4, 5)
        wrong = await owner.post(f"{address}/history/77/restore", headers={"If-Match": '"4"'})
        assert_problem(wrong, 404, "module_not_found")


@pytest.mark.parametrize(
    ("draft", "field", "kind"),
    [
        ({"most": 10}, "settings.most", "less_than_equal"),
        ({"most": None}, "settings.most", "int_type"),
        ({"card": {"ru": "а" * 101}}, "settings.card", "string_too_long"),
        ({"card": {"ru": "\0"}}, "settings.card.ru", "text"),
        ({"card": "text"}, "settings.card", "model_type"),
        ({"cover": "../x"}, "settings.cover", "string_pattern_mismatch"),
        ({"token": {"sealed": "AAAA", "tail": ""}}, "settings.token", "secret"),
        ({"wrong": 1}, "settings.wrong", "extra_forbidden"),
    ],
)
async def test_what_does_not_fit_is_named_by_its_field(
    toys: Panel, draft: dict[str, Any], field: str, kind: str
) -> None:
    bot = await made_bot(toys, "gift")
    async with toys.visitor() as owner:
        response = await owner.put(
            f"/api/v1/bots/{bot}/modules/gift/settings",
            json={"settings": draft},
            headers={"If-Match": '"1"'},
        )
    assert_problem(response, 422, "settings_invalid")
    (error,) = response.json()["errors"]
    assert (error["field"], error["kind"]) == (field, kind)


async def test_a_picture_of_the_settings_must_be_the_shops_and_stays(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    address = f"/api/v1/bots/{bot}/modules/gift/settings"
    async with toys.pool.acquire() as connection:
        shop = await connection.fetchval("SELECT shop_id FROM bots WHERE id = $1", bot)
    async with toys.visitor() as owner:
        unknown = {"settings": {"cover": "a" * 64}}
        response = await owner.put(address, json=unknown, headers={"If-Match": '"1"'})
        assert_problem(response, 404, "file_not_found")
        uploaded = await owner.post(f"/api/v1/shops/{shop}/files", content=file.getvalue())
        cover = {"settings": {"cover": uploaded.json()["sha256"]}}
        response = await owner.put(address, json=cover, headers={"If-Match": '"1"'})
        assert response.status_code == 200
    async with toys.pool.acquire() as connection:
        owners = await connection.fetch("SELECT owner FROM file_uses ORDER BY owner")
    assert [row["owner"] for row in owners] == ["gift", "uploaded"]


async def test_stored_settings_that_no_longer_fit_can_be_mended(toys: Panel) -> None:
    bot = await made_bot(toys, "gift")
    async with toys.pool.acquire() as connection:
        await connection.execute("UPDATE bot_modules SET settings = $1", {"most": 99})
    async with toys.visitor() as owner:
        page = (await owner.get(f"/api/v1/bots/{bot}/modules/gift/settings")).json()
    assert page["settings"]["most"] == 3 and "settings.most" in page["problem"]


async def test_the_hooks_address_is_shown_and_renewed(toys: Panel) -> None:
    bot = await made_bot(toys, "gift", "ribbon")
    address = f"/api/v1/bots/{bot}/modules/gift/hook"
    async with toys.visitor() as owner:
        first = (await owner.get(address)).json()
        assert first == (await owner.get(address)).json()
        second = (await owner.post(address)).json()
        assert first["path"] != second["path"]
        none = await owner.get(f"/api/v1/bots/{bot}/modules/ribbon/hook")
        assert_problem(none, 404, "module_not_found")
    async with toys.pool.acquire() as connection:
        assert (await hooks.of(connection, KEYS, bot, "gift")).path == second["path"]


async def test_a_module_that_is_taken_out_leaves_the_others_and_its_data(
    toys: Panel, panel_settings: Settings
) -> None:
    bot = await made_bot(toys, "rival", "gift")
    async with toys.pool.acquire() as connection:
        path = (await hooks.of(connection, KEYS, bot, "gift")).path
        await connection.execute(
            "INSERT INTO gifts (shop_id, bot_id, buyer_no, note) VALUES (1, $1, 1, 'x')", bot
        )
    known = Modules.discover("tests.toy")
    rest = {key: manifest for key, manifest in known.manifests.items() if key != "gift"}
    address = f"/api/v1/bots/{bot}/modules"
    async with serving(panel_settings, toys.pool, modules=Modules("tests.toy", rest)) as panel:
        async with panel.visitor() as owner:
            response = await owner.get(address)
            found = modules_of(response)
            # Beside those of the product's own modules, which are not installed here either.
            assert (
                "gift: gift_hints (postgres), gifts (postgres), gift_day (clickhouse)"
                in (response.json()["leftovers"])
            )
            assert not found["gift"]["is_installed"] and found["rival"]["is_on"]
            assert_problem(await owner.get(f"{address}/gift/settings"), 404, "module_not_found")
            assert (await owner.get(f"{address}/gift/gifts")).status_code == 404
            assert_problem(await panel.client.post(path, content=b"{}"), 404, "not_found")
            off = await owner.put(f"{address}/rival", json={"is_on": False})
            assert not modules_of(off)["rival"]["is_on"]
            needing = await owner.put(
                f"{address}/ribbon", json={"is_on": True, "with_others": True}
            )
            assert_problem(needing, 404, "module_not_found")
            assert "gift, which is not installed" in needing.json()["detail"]
            gone = await owner.put(f"{address}/gift", json={"is_on": False})
            assert not modules_of(gone)["gift"]["is_on"]
    async with toys.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM gifts") == 1
