import asyncio

import httpx
import pytest

from core.shop import module_texts
from tests.api.conftest import ANY, Panel, assert_problem
from tests.factories import create_bot, create_shop


async def made_bot(panel: Panel) -> int:
    async with panel.pool.acquire() as connection:
        return (await create_bot(connection, await create_shop(connection))).id


async def test_an_owner_says_it_in_their_own_words_and_takes_them_back(panel: Panel) -> None:
    bot = await made_bot(panel)
    address = f"/api/v1/bots/{bot}/modules/menu/texts"
    draft = {"template": "Welcome to <b>{shop}</b>, friend"}
    async with panel.visitor() as owner:
        shown = await owner.post(f"{address}/en/welcome/preview", json=draft)
        assert shown.json()["plain"] == "Welcome to {shop}, friend"
        assert shown.json()["spans"] == [{"style": "bold", "offset": 11, "length": 6}]
        assert (
            await owner.put(f"{address}/en/welcome", json=draft, headers=ANY)
        ).status_code == 204
        texts = {
            (each["text_key"], each["language"]): each for each in (await owner.get(address)).json()
        }
        english = texts["welcome", "en"]
        assert (english["own"], english["changed_by"]) == (draft["template"], "owner")
        assert "shop" in english["places"] and texts["welcome", "ru"]["own"] is None
        async with panel.pool.acquire() as connection:
            (kept,) = await module_texts.of_bot(connection, bot)
        assert kept.template == draft["template"]
        assert (await owner.delete(f"{address}/en/welcome", headers=ANY)).status_code == 204
        async with panel.pool.acquire() as connection:
            assert await module_texts.of_bot(connection, bot) == []


async def test_nobody_undoes_the_words_of_another(panel: Panel) -> None:
    address = f"/api/v1/bots/{await made_bot(panel)}/modules/menu/texts"
    one = f"{address}/en/welcome"

    async def version(owner: httpx.AsyncClient) -> dict[str, str]:
        (found,) = (
            each["version"]
            for each in (await owner.get(address)).json()
            if (each["text_key"], each["language"]) == ("welcome", "en")
        )
        return {"If-Match": f'"{found}"'}

    async with panel.visitor() as owner:
        seen = await version(owner)
        answers = await asyncio.gather(
            *(
                owner.put(one, json={"template": words}, headers=seen)
                for words in ("Hello", "Welcome", "Good day")
            )
        )
        assert sorted(each.status_code for each in answers) == [204, 412, 412]
        assert_problem(await owner.delete(one, headers=seen), 412, "changed_meanwhile")
        assert (await owner.delete(one, headers=await version(owner))).status_code == 204
        assert await version(owner) == seen


@pytest.mark.parametrize(
    ("text_key", "template"),
    [
        ("welcome", "Hello {stranger}"),
        ("welcome", "<b>Hello"),
        ("welcome", "  "),
        ("welcome", "a\0b"),
        ("welcome", "x" * 4097),
        ("nothing", "Hello"),
    ],
)
async def test_words_that_cannot_stand_are_refused_in_both_languages(
    panel: Panel, text_key: str, template: str
) -> None:
    bot = await made_bot(panel)
    address = f"/api/v1/bots/{bot}/modules/menu/texts/en/{text_key}"
    async with panel.visitor() as owner:
        for answer in (
            await owner.put(address, json={"template": template}, headers=ANY),
            await owner.post(f"{address}/preview", json={"template": template}),
        ):
            assert_problem(answer, 422, "bad_text")
            explained = answer.json()["explained"]
            assert explained["ru"] and explained["en"] == answer.json()["detail"]


async def test_only_owners_write(panel: Panel) -> None:
    bot = await made_bot(panel)
    async with panel.visitor("analyst") as analyst, panel.visitor() as owner:
        address = f"/api/v1/bots/{bot}/modules/menu/texts/en/welcome"
        assert_problem(
            await analyst.put(address, json={"template": "x"}, headers=ANY), 403, "forbidden"
        )
        address = f"/api/v1/bots/{bot}/modules/none/texts"
        assert_problem(await owner.get(address), 404, "module_not_found")
