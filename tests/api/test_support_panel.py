"""Support in the panel, through the API."""

from datetime import UTC, datetime

from bots.sdk.updates import Command
from core.events import Origin
from tests.api.conftest import ANY, Panel, assert_problem
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import create_bot, create_shop


async def asked(panel: Panel, count: int = 1) -> tuple[Origin, str]:
    """A bot in which so many shoppers have asked a question, and its path."""
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=["support"])
        origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
        for number in range(count):
            shopper = Shopper(
                connection, origin, enabled_modules(support={}), telegram_id=9001 + number
            )
            question = Command(
                name="support",
                argument=f"question {number}",
                chat_id=9001 + number,
                occurred_at=datetime.now(UTC),
            )
            await shopper.do(question)
    return origin, f"/api/v1/bots/{origin.bot_id}/modules/support"


async def test_tickets_are_listed_by_pages_answered_and_closed(panel: Panel) -> None:
    origin, path = await asked(panel, 3)
    async with panel.visitor() as owner:
        page = (await owner.get(f"{path}/tickets?limit=2&state=waiting")).json()
        assert [each["ticket_no"] for each in page["tickets"]] == [3, 2]
        assert page["tickets"][0]["last_words"] == "question 2"
        rest = (await owner.get(f"{path}/tickets?before={page['next_before']}")).json()
        assert [each["ticket_no"] for each in rest["tickets"]] == [1] and not rest["next_before"]
        first = f"{path}/tickets/{rest['tickets'][0]['id']}"

        named = await owner.put(f"{first}/assignee", json={"assignee": "Olga"}, headers=ANY)
        assert named.json()["ticket"]["assignee"] == "Olga"
        assert_problem(await owner.post(f"{first}/answer", json={}), 422, "refused")
        wrong = {"text": "Look", "pictures": ["0" * 64]}
        assert_problem(await owner.post(f"{first}/answer", json=wrong), 404, "file_not_found")
        view = (await owner.post(f"{first}/answer", json={"text": "Yes.", "closes": True})).json()
        assert [(each["author"], each["body"]) for each in view["messages"]] == [
            ("shopper", "question 0"),
            ("shop", "Yes."),
        ]
        assert view["ticket"]["state"] == "closed" and view["ticket"]["closed_by"] == "shop"
        assert_problem(await owner.post(f"{first}/close"), 409, "ticket_closed")
        assert (await owner.post(f"{first}/reopen")).json()["ticket"]["state"] == "waiting"
        assert_problem(await owner.post(f"{first}/reopen"), 409, "ticket_open")
        summary = (await owner.get(f"{path}/summary")).json()
        assert (summary["waiting"], summary["opened"], summary["closed"]) == (3, 3, 0)
        assert_problem(await owner.get(f"{path}/tickets/999"), 404, "not_found")
        assert len((await owner.get(f"{path}/tickets?assignee=Olga&is_open=true")).json()) == 2
    async with panel.visitor("viewer", [origin.shop_id]) as viewer:
        listed = (await viewer.get(f"{path}/tickets")).json()["tickets"]
        assert {each["last_words"] for each in listed} == {""}
        assert_problem(await viewer.get(first), 403, "forbidden")
        assert (await viewer.post(f"{first}/answer", json={"text": "Hi"})).status_code == 403


async def test_ready_answers_and_questions_are_the_owners(panel: Panel) -> None:
    _, path = await asked(panel)
    ready = {"title": "Hello", "text": {"en": "Hello from {shop}!"}}
    async with panel.visitor() as owner:
        made = await owner.post(f"{path}/answers", json=ready)
        assert made.status_code == 201
        unknown = ready | {"text": {"en": "Hello {friend}!"}}
        assert_problem(await owner.post(f"{path}/answers", json=unknown), 422, "request_invalid")
        changed = ready | {"position": 3}
        at = f"{path}/answers/{made.json()['id']}"
        assert (await owner.put(at, json=changed, headers=ANY)).json()["position"] == 3
        ticket = (await owner.get(f"{path}/tickets")).json()["tickets"][0]["id"]
        said = {"ready_id": made.json()["id"]}
        view = (await owner.post(f"{path}/tickets/{ticket}/answer", json=said)).json()
        assert view["messages"][-1]["body"].startswith("Hello from ")
        assert (await owner.delete(at)).status_code == 204
        assert_problem(await owner.delete(at), 404, "not_found")

    await _write_questions(panel, path)


async def _write_questions(panel: Panel, path: str) -> None:
    question = {"question": {"en": "How much is shipping?"}, "answer": {"en": "$5"}}
    async with panel.visitor() as owner:
        asked_of = await owner.post(f"{path}/questions", json=question)
        assert asked_of.status_code == 201
        empty = question | {"answer": {"en": " "}}
        assert_problem(await owner.post(f"{path}/questions", json=empty), 422, "request_invalid")
        alike = await owner.get(f"{path}/questions/alike", params={"text": "shiping price"})
        assert [each["id"] for each in alike.json()] == [asked_of.json()["id"]]
        at = f"{path}/questions/{asked_of.json()['id']}"
        other = question | {"answer": {"en": "$7"}}
        assert (await owner.put(at, json=other, headers=ANY)).json()["answer"]["en"] == "$7"
        assert (await owner.delete(at)).status_code == 204
        assert (await owner.get(f"{path}/questions")).json() == []
