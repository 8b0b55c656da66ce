from core.events import Origin
from core.shop import staff
from tests.api.conftest import ANY, Panel, assert_problem
from tests.factories import create_origin

GROUP = -100500


async def bound(panel: Panel, origin: Origin, code: str) -> None:
    async with panel.pool.acquire() as connection, connection.transaction():
        await staff.bind(
            connection,
            origin,
            code,
            chat_id=GROUP,
            title="Заказы",
            has_topics=False,
            telegram_id=501,
            name="Анна",
        )


async def test_a_group_is_bound_by_its_code_and_let_go(panel: Panel) -> None:
    async with panel.pool.acquire() as connection:
        origin = await create_origin(connection)
    address = f"/api/v1/bots/{origin.bot_id}/staff"
    async with panel.visitor() as owner:
        made = await owner.post(f"{address}/codes")
        await bound(panel, origin, made.json()["code"])
        (chat,) = (await owner.get(address)).json()["chats"]
        assert (chat["title"], chat["anyone_may_press"]) == ("Заказы", False)
        changed = await owner.put(
            f"{address}/chats/{GROUP}", json={"anyone_may_press": True}, headers=ANY
        )
        assert changed.json()["anyone_may_press"] is True
        assert (await owner.delete(f"{address}/chats/{GROUP}")).status_code == 204
        assert_problem(await owner.delete(f"{address}/chats/{GROUP}"), 404, "not_found")
        actions = (await owner.get(f"{address}/actions")).json()
    assert [(each["actor"], each["action"]) for each in actions] == [
        ("owner", "staff.unbind"),
        ("Анна", "staff.bind"),
    ]


async def test_who_may_press_is_changed_by_owners_alone(panel: Panel) -> None:
    async with panel.pool.acquire() as connection:
        origin = await create_origin(connection)
    address = f"/api/v1/bots/{origin.bot_id}/staff"
    draft = {"name": "Борис", "rights": ["orders.ship"]}
    async with panel.visitor() as owner, panel.visitor("analyst") as analyst:
        assert_problem(await analyst.get(address), 403, "forbidden")
        assert_problem(
            await analyst.put(f"{address}/members/7", json=draft, headers=ANY), 403, "forbidden"
        )
        new = {"If-None-Match": "*"}
        assert (await owner.put(f"{address}/members/7", json=draft, headers=new)).status_code == 200
        assert_problem(
            await owner.put(f"{address}/members/7", json=draft, headers=new),
            412,
            "changed_meanwhile",
        )
        assert (await owner.put(f"{address}/members/7", json=draft, headers=ANY)).status_code == 200
        (member,) = (await owner.get(address)).json()["members"]
        assert (member["telegram_id"], member["rights"]) == (7, ["orders.ship"])
        wrong = {"name": "Борис", "rights": ["Orders!"]}
        assert_problem(
            await owner.put(f"{address}/members/7", json=wrong, headers=ANY), 422, "request_invalid"
        )
        assert (await owner.delete(f"{address}/members/7")).status_code == 204
        assert_problem(await owner.delete(f"{address}/members/7"), 404, "not_found")


async def test_nobody_undoes_what_another_has_changed_meanwhile(panel: Panel) -> None:
    async with panel.pool.acquire() as connection:
        origin = await create_origin(connection)
    address = f"/api/v1/bots/{origin.bot_id}/staff"
    async with panel.visitor() as owner:
        made = await owner.post(f"{address}/codes")
        await bound(panel, origin, made.json()["code"])
        read = (await owner.get(address)).json()
        one = f"{address}/members/501"
        seen = {"If-Match": f'"{read["members"][0]["version"]}"'}
        first = await owner.put(one, json={"name": "Анна", "rights": ["orders.ship"]}, headers=seen)
        assert first.status_code == 200, first.text
        late = await owner.put(one, json={"name": "Анна", "rights": None}, headers=seen)
        assert_problem(late, 412, "changed_meanwhile")
        again = {"If-Match": f'"{first.json()["version"]}"'}
        assert (await owner.put(one, json={"name": "Аня"}, headers=again)).status_code == 200
        assert (await owner.delete(one)).status_code == 204
        gone = await owner.put(one, json={"name": "Анна"}, headers=again)
        assert_problem(gone, 412, "changed_meanwhile")
        chat = f"{address}/chats/{GROUP}"
        seen = {"If-Match": f'"{read["chats"][0]["version"]}"'}
        assert (await owner.put(chat, json={"anyone_may_press": True}, headers=seen)).is_success
        late = await owner.put(chat, json={"anyone_may_press": True}, headers=seen)
        assert_problem(late, 412, "changed_meanwhile")
