"""The demo's people ask, its clerk answers in the staff's group, and they rate it; they subscribe
to the shop's channel, and some leave it: the truth is what the events say."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.demo import seed
from core.shop import bots
from simulator.crowd import clerk, questions, truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.crowd.reckoning import reckon
from simulator.crowd.truth import Truth
from simulator.demo import DEMO_BOTS
from simulator.server import background
from simulator.world import accounts, members
from simulator.world.channels import ALL_RIGHTS, Status
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.kept_truth import KeptTruth

pytestmark = [pytest.mark.long(waits=True), pytest.mark.usefixtures("quiet")]

CHANNEL = "demo_tea_news"
ASKING = {
    "abuse_share": 0,
    "roles": {"window_shopper": 1},
    "search_share": 0,
    "favourite_share": 0,
    "ask_share": 1,
    "leave_channel_share": 0.5,
    "rate_share": 1,
    "thinking_seconds": 0.01,
    "clerk_seconds": 0.05,
    "answer_seconds": 60,
    "patience_seconds": 200,
    "press_again_seconds": 30,
}


async def asking_crowd(stage: Stage, writer: Truth) -> Crowd:
    """The people of the demo's first shop, whose staff is there."""
    bot = DEMO_BOTS[0]
    await seed(stage.settings(), 1, with_staff=True)
    with stage.telegram.world.change() as change:
        accounts.put_bot(change.db, bot.id, bot.token, bot.name, bot.username)
        clerk.settle(change, bot)
        clerk.settle(change, bot)  # as at every start of the simulator
        owner = accounts.add_person(change.db, first_name="Owner", language="en")
        channel = members.found(change, owner, title="News", username=CHANNEL)
        tea = stage.telegram.world.account(bot.id)
        members.set_status(change, channel, tea, owner, Status.ADMIN, ALL_RIGHTS)
    await stage.pool.execute(
        "UPDATE bot_modules SET settings = settings || $1 WHERE module = 'gates'",
        {"channels": [{"chat": f"@{CHANNEL}"}]},
    )
    options = CrowdOptions.model_validate(ASKING)
    crowd = Crowd(stage.telegram.world, writer, options, seed=1, bot_ids=[bot.id])
    await stage.worker()
    async with stage.pool.acquire() as connection:
        connected = await bots.get(connection, bot.id)
    await stage.runs(connected)
    return crowd


def check_passes(records: Sequence[truth.Record]) -> None:
    """Each has passed the rules and the channel, and that again at most as often as they left."""
    done = [each for each in records if isinstance(each, truth.Deed)]
    passed = Counter(each.telegram_id for each in done if each.what == "pass")
    left = Counter(each.telegram_id for each in done if each.what == "leave")
    for person in (each for each in records if isinstance(each, truth.Person)):
        assert 2 <= passed[person.telegram_id] <= 2 + left[person.telegram_id]


async def test_questions_are_asked_answered_and_rated(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "ASKED", (*["Сколько идёт доставка?"] * 3, "Есть ли скидка?"))
    monkeypatch.setattr(questions, "HELPED_SHARE", 1)
    writer = KeptTruth(tmp_path / truth.FOLDER)
    crowd = await asking_crowd(stage, writer)

    def deeds() -> list[str]:
        return [each.what for each in writer.records if isinstance(each, truth.Deed)]

    async def enough_were_rated() -> bool:
        return deeds().count("rate") >= 3 and {"helped", "leave"} <= {*deeds()}

    async def nobody_is_there() -> bool:
        return not crowd.visiting

    async with background(crowd.come_again(8, 0.05)):
        await until(enough_were_rated, "ratings", seconds=600)
        crowd.let_in(False)
        await until(nobody_is_there, "the end of the visits", seconds=600)
    writer.close()
    records = list(truth.read(writer.folder))
    gave_up = [each for each in records if isinstance(each, truth.Visit) and each.reason]
    assert gave_up == []
    true = reckon(records, {DEMO_BOTS[0].id}, 0, math.inf).figures
    assert await stage.count("ticket_opened") == true["tickets_opened", ""] == deeds().count("ask")
    assert await stage.count("gate_passed") == true["gates_passed", ""] == deeds().count("pass")
    check_passes(records)
    assert await stage.count("csat_given") == true["ratings", ""] == deeds().count("rate")
    assert await stage.pool.fetchval(
        "SELECT count(*) FROM support_messages WHERE author = 'shop' AND said_by = 'Ольга'"
    ) >= deeds().count("rate")
