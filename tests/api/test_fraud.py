"""The review queue, decisions that can be taken back, lists, rules and limits with previews."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.clickhouse import open_client
from core.events import Origin
from core.postgres import Connection
from core.settings import Settings
from core.shop import fraud_settings, risk, risk_standing
from core.shop.risk import Outcome, Reason, Verdict
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import happening, record
from tests.factories import create_customer, create_shop, create_verdict

SEEN = datetime(2026, 3, 10, 13, tzinfo=UTC)
HELD: dict[str, Outcome] = {"flood": "block", "promo": "hold"}


async def flagged(connection: Connection, *cases: tuple[int, str, float]) -> int:
    """A shop with three customers, and these cases (number, abuse, score), each for one reason."""
    shop = await create_shop(connection)
    for number in range(1, 4):
        await create_customer(
            connection, shop.id, telegram_id=900 + number, first_name=f"N{number}"
        )
    verdicts = [
        Verdict(
            shop_id=shop.id,
            buyer_no=buyer_no,
            abuse=abuse,
            score=score,
            outcome="review" if score < 75 else HELD[abuse],
            seen_at=SEEN,
        )
        for buyer_no, abuse, score in cases
    ]
    reasons = [
        Reason(
            shop_id=shop.id,
            buyer_no=buyer_no,
            abuse=abuse,
            rule={"flood": "links", "promo": "promo_guesses"}[abuse],
            version=1,
            value=7,
            threshold=5,
            window_seconds=300,
            contribution=score,
        )
        for buyer_no, abuse, score in cases
    ]
    async with connection.transaction():
        await risk.publish(connection, verdicts, reasons)
    return shop.id


def address(shop_id: int, rest: str) -> str:
    return f"/api/v1/shops/{shop_id}/fraud/{rest}"


async def queued(client: httpx.AsyncClient, shop_id: int, **query: Any) -> list[tuple[int, str]]:
    page = (await client.get(address(shop_id, "queue"), params=query)).json()
    return [(case["buyer_no"], case["abuse"]) for case in page["cases"]]


async def decide(
    client: httpx.AsyncClient, shop_id: int, buyer_no: int, seen: int, **draft: Any
) -> httpx.Response:
    return await client.post(
        address(shop_id, f"shoppers/{buyer_no}/decisions"),
        json=draft,
        headers={"if-match": f'"{seen}"'},
    )


async def test_the_queue_says_why_and_goes_page_by_page(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(
        connection, (1, "flood", 80.25), (2, "flood", 80.25), (2, "promo", 66.1), (3, "flood", 99)
    )
    everyone = [(3, "flood"), (1, "flood"), (2, "flood"), (2, "promo")]
    assert await queued(owner, shop_id) == everyone
    assert await queued(owner, shop_id, abuse="promo") == [(2, "promo")]
    assert await queued(owner, shop_id, outcome="block") == everyone[:3]
    assert await queued(owner, shop_id, decided=True) == []
    seen, after = [], None
    while True:
        query = {"limit": 1} | ({"after": after} if after else {})
        page = (await owner.get(address(shop_id, "queue"), params=query)).json()
        seen += [(case["buyer_no"], case["abuse"]) for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert seen == everyone
    for wrong in ("x", "1.1", f"{2**63 - 1}.1.0", "1.1.99", "-1.1.1"):
        refused = await owner.get(address(shop_id, "queue"), params={"after": wrong})
        assert_problem(refused, 422, "cursor_invalid")
    first = (await owner.get(address(shop_id, "queue"))).json()["cases"][0]
    assert first["first_name"] == "N3" and first["title"]["ru"] and first["title"]["en"]
    (reason,) = first["reasons"]
    assert reason["words"]["en"].endswith(": 7, the limit is 5 in 5 min")
    assert reason["words"]["ru"].endswith(": 7, порог 5 за 5 мин")
    async with panel.visitor("viewer") as viewer:
        shown = (await viewer.get(address(shop_id, "queue"))).json()["cases"][0]
        assert (shown["first_name"], shown["telegram_id"], shown["buyer_no"]) == ("", None, 3)
        refused = await decide(viewer, shop_id, 3, 1, decision="ignored", abuse="flood")
        assert_problem(refused, 403, "forbidden")


async def outcomes(connection: Connection, shop_id: int) -> dict[tuple[int, str], str]:
    return {
        (each.buyer_no, each.abuse): each.outcome
        for each in await risk.verdicts_of(connection, shop_id)
    }


async def test_a_decision_counts_at_once_and_can_be_taken_back(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 80), (1, "promo", 70))
    answer = await decide(
        owner, shop_id, 1, 1, decision="false_positive", abuse="flood", note="my aunt"
    )
    assert answer.status_code == 201 and answer.headers["etag"] == '"2"'
    (made,) = answer.json()["decisions"]
    assert (made["decision"], made["score"], made["note"]) == ("false_positive", 80, "my aunt")
    assert made["decided_by"] == "owner" and made["is_from_file"] is False
    both = {(1, "flood"): "allow", (1, "promo"): "review"}
    assert await outcomes(connection, shop_id) == both
    assert await queued(owner, shop_id) == [(1, "promo")]
    assert await queued(owner, shop_id, decided=True) == [(1, "flood")]
    # Whoever has not seen it decides nothing.
    stale = await decide(owner, shop_id, 1, 1, decision="confirmed", abuse="promo")
    assert_problem(stale, 412, "changed_meanwhile")
    await decide(owner, shop_id, 1, 2, decision="confirmed", abuse="promo")
    assert (await outcomes(connection, shop_id))[1, "promo"] == "hold"
    denied = (await owner.get(address(shop_id, "denied"))).json()["shoppers"]
    assert [(each["buyer_no"], each["abuse"]) for each in denied] == [(1, "promo")]
    back = await owner.delete(
        address(shop_id, f"shoppers/1/decisions/{made['id']}"), headers={"if-match": '"3"'}
    )
    assert back.status_code == 200 and back.headers["etag"] == '"4"'
    assert (await outcomes(connection, shop_id))[1, "flood"] == "block"
    history = back.json()["decisions"]
    assert [each["decision"] for each in history] == ["confirmed", "false_positive"]
    assert history[1]["undone_at"] and history[1]["undone_by"] == "owner"
    again = await owner.delete(
        address(shop_id, f"shoppers/1/decisions/{made['id']}"), headers={"if-match": '"4"'}
    )
    assert_problem(again, 404, "not_found")


async def test_decisions_about_the_same_are_taken_back_in_turn(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 70))
    first = (await decide(owner, shop_id, 1, 1, decision="confirmed", abuse="flood")).json()
    await decide(owner, shop_id, 1, 2, decision="ignored", abuse="flood")
    assert (await outcomes(connection, shop_id))[1, "flood"] == "review"
    number = first["decisions"][0]["id"]
    early = await owner.delete(
        address(shop_id, f"shoppers/1/decisions/{number}"), headers={"if-match": '"3"'}
    )
    assert_problem(early, 409, "decided_later")
    newest = (await owner.get(address(shop_id, "shoppers/1"))).json()["decisions"][0]["id"]
    await owner.delete(
        address(shop_id, f"shoppers/1/decisions/{newest}"), headers={"if-match": '"3"'}
    )
    assert (await outcomes(connection, shop_id))[1, "flood"] == "block"  # confirmed again


async def test_the_allow_list_is_above_everything(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 80))
    await decide(owner, shop_id, 1, 1, decision="confirmed", abuse="flood")
    await decide(owner, shop_id, 1, 2, decision="allowed", note="staff")
    assert (await outcomes(connection, shop_id))[1, "flood"] == "allow"
    listed = (await owner.get(address(shop_id, "allowed"))).json()["shoppers"]
    assert [(each["buyer_no"], each["note"]) for each in listed] == [(1, "staff")]
    await decide(owner, shop_id, 1, 3, decision="disallowed")
    assert (await outcomes(connection, shop_id))[1, "flood"] == "block"
    assert (await owner.get(address(shop_id, "allowed"))).json()["shoppers"] == []
    assert_problem(await decide(owner, shop_id, 1, 4, decision="disallowed"), 404, "not_found")


async def test_taking_back_restores_the_allow_list_as_it_was(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 80))

    async def listed() -> list[str]:
        shoppers = (await owner.get(address(shop_id, "allowed"))).json()["shoppers"]
        return [each["note"] for each in shoppers]

    drafts = [("allowed", "A"), ("allowed", "B"), ("disallowed", "C")]
    for seen, (decision, note) in enumerate(drafts, start=1):
        made = await decide(owner, shop_id, 1, seen, decision=decision, note=note)
        assert made.status_code == 201
    numbers = [each["id"] for each in made.json()["decisions"]]
    for seen, number, notes in zip((4, 5, 6), numbers, (["B"], ["A"], []), strict=True):
        back = await owner.delete(
            address(shop_id, f"shoppers/1/decisions/{number}"),
            headers={"if-match": f'"{seen}"'},
        )
        assert back.status_code == 200
        assert await listed() == notes
        outcome = (await outcomes(connection, shop_id))[1, "flood"]
        assert outcome == ("allow" if notes else "block")


async def test_taking_back_goes_by_what_was_before_not_by_who_changed_it(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 80))
    await risk.allow(connection, shop_id, 1, "by command")
    made = await decide(owner, shop_id, 1, 1, decision="disallowed", note="C")
    off = made.json()["decisions"][0]["id"]
    made = await decide(owner, shop_id, 1, 2, decision="allowed", note="D")
    on = made.json()["decisions"][0]["id"]
    await risk.disallow(connection, shop_id, 1)
    for seen, number in ((3, on), (4, off)):
        back = await owner.delete(
            address(shop_id, f"shoppers/1/decisions/{number}"),
            headers={"if-match": f'"{seen}"'},
        )
        assert back.status_code == 200
    assert await risk.allow_note(connection, shop_id, 1) == "by command"


async def test_whoever_was_never_flagged_can_be_confirmed(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection)
    assert_problem(await decide(owner, shop_id, 2, 1, decision="confirmed"), 422, "abuse_unknown")
    await decide(owner, shop_id, 2, 1, decision="confirmed", abuse="goods")
    assert await outcomes(connection, shop_id) == {(2, "goods"): "hold"}
    nobody = await decide(owner, shop_id, 77, 1, decision="confirmed", abuse="goods")
    assert_problem(nobody, 404, "not_found")


async def test_a_rule_is_changed_by_what_was_seen(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection)
    read = await owner.get(address(shop_id, "rules"))
    assert read.headers["etag"] == '"1"'
    rules = {each["key"]: each for each in read.json()["rules"]}
    assert rules["links"]["threshold"] == 3 and rules["links"]["own"] is None
    draft = {"is_on": True, "threshold": 9}
    link = address(shop_id, "rules/links")
    assert_problem(await owner.put(link, json=draft), 428, "version_missing")
    changed = await owner.put(link, json=draft, headers={"if-match": '"1"'})
    assert changed.status_code == 200 and changed.headers["etag"] == '"2"'
    (own,) = [each for each in changed.json()["rules"] if each["key"] == "links"]
    assert (own["threshold"], own["weight"], own["own"]["threshold"]) == (9, 0.5, 9)
    stale = await owner.delete(link, headers={"if-match": '"1"'})
    assert_problem(stale, 412, "changed_meanwhile")
    reset = await owner.delete(link, headers={"if-match": '"2"'})
    assert [each["own"] for each in reset.json()["rules"]] == [None] * len(rules)
    unknown = await owner.put(
        address(shop_id, "rules/nothing"), json=draft, headers={"if-match": '"3"'}
    )
    assert_problem(unknown, 404, "not_found")
    async with panel.visitor("analyst") as analyst:
        assert (await analyst.get(address(shop_id, "rules"))).status_code == 200
        assert_problem(await analyst.delete(link, headers={"if-match": '"3"'}), 403, "forbidden")


async def test_limits_are_changed_by_what_was_seen(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection)
    where = address(shop_id, "limits")
    read = await owner.get(address(shop_id, "rules"))
    assert read.json()["limits"] == {"review": 65, "block": 75}
    limits = {"review": 60, "block": 90}
    stale = await owner.put(where, json=limits, headers={"if-match": '"2"'})
    assert_problem(stale, 412, "changed_meanwhile")
    changed = await owner.put(where, json=limits, headers={"if-match": '"1"'})
    assert changed.json()["limits"] == limits and changed.headers["etag"] == '"2"'
    odd = {"review": 90, "block": 60}
    assert_problem(await owner.put(where, json=odd, headers={"if-match": '"2"'}), 422, "refused")
    assert (await fraud_settings.limits_of(connection, shop_id)).block == 90


@pytest.fixture(name="last_hour")
def hour_before() -> datetime:
    now = datetime.now(UTC)
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


async def test_a_preview_says_whom_it_would_have_hit(
    counting_panel: Panel,
    connection: Connection,
    settings: Settings,
    last_hour: datetime,
) -> None:
    shop_id = await flagged(connection)
    record(
        settings.clickhouse_url.get_secret_value(),
        *(happening("message_received", shop_id, number, at=last_hour) for number in range(1, 6)),
    )
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.insert(
        "fraud_signal",
        [
            [last_hour.date(), last_hour, shop_id, number, "flood", "links", 1, value, 3.0, 3600]
            + [0.5, 50.0, value >= 3, False]
            for number, value in ((1, 2.0), (2, 3.0), (3, 8.0))
        ],
        column_names=["day", "hour", "shop_id", "buyer_no", "abuse", "rule", "version", "value"]
        + ["threshold", "window_seconds", "weight", "contribution", "is_hit", "is_shadow"],
    )
    client.insert(
        "fraud_score",
        [
            [last_hour.date(), last_hour, shop_id, number, "flood", score, score, "review"]
            for number, score in ((1, 50.0), (2, 66.0), (3, 80.0))
        ],
        column_names=["day", "hour", "shop_id", "buyer_no", "abuse", "score", "shadow_score"]
        + ["outcome"],
    )
    client.close()
    async with counting_panel.visitor("viewer") as viewer:
        seen = await viewer.get(address(shop_id, "rules/links/preview"))
        assert seen.json() == {"rule": "links", "threshold": 3, "hits": 2, "users": 5}
        seen = await viewer.get(address(shop_id, "rules/links/preview"), params={"threshold": 5})
        assert (seen.json()["hits"], seen.json()["users"]) == (1, 5)
        seen = await viewer.get(
            address(shop_id, "limits/preview"), params={"review": 60, "block": 75}
        )
        assert seen.json() == {"stopped": 1, "reviewed": 1, "users": 5}
        await risk.allow(connection, shop_id, 3)
        seen = await viewer.get(
            address(shop_id, "limits/preview"), params={"review": 60, "block": 75}
        )
        assert seen.json() == {"stopped": 0, "reviewed": 1, "users": 5}
        odd = await viewer.get(
            address(shop_id, "limits/preview"), params={"review": 75.5, "block": 75}
        )
        assert_problem(odd, 422, "refused")


async def test_what_bots_did_is_listed_with_its_reasons_and_needs_a_look(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection)
    origin = Origin(shop_id, 7, "hosted", 365)
    for number, abuse in ((1, "promo"), (2, "promo"), (2, "payment")):
        await create_verdict(connection, shop_id, number, abuse)
    for number in (1, 2):
        await risk_standing.enforce(connection, origin, number, "promo", action="lock")
    await risk_standing.enforce(connection, origin, 2, "payment", action="hold", order_id=5)
    first = (await owner.get(address(shop_id, "actions"), params={"limit": 2})).json()
    assert [(each["buyer_no"], each["action"]) for each in first["actions"]] == [
        (2, "hold"),
        (2, "lock"),
    ]
    (held, _) = first["actions"]
    assert held["words"]["en"] == "The payment waits for you to decide" and held["order_id"] == 5
    assert held["reasons"][0]["value"] == 5
    rest = (await owner.get(address(shop_id, "actions"), params={"after": first["next"]})).json()
    assert [each["buyer_no"] for each in rest["actions"]] == [1] and rest["next"] is None
    mine = await owner.get(address(shop_id, "actions"), params={"buyer_no": 1})
    assert len(mine.json()["actions"]) == 1
    broken = await owner.get(address(shop_id, "actions"), params={"after": "9"})
    assert_problem(broken, 422, "cursor_invalid")

    async def to_look_at() -> list[tuple[str, int]]:
        items = (await owner.get("/api/v1/attention")).json()
        return [(each["reason"], each["count"]) for each in items if each["kind"] == "fraud_held"]

    assert await to_look_at() == [("payment, promo", 2)]
    assert (await decide(owner, shop_id, 1, 1, decision="allowed")).status_code == 201
    assert await to_look_at() == [("payment, promo", 1)]


async def test_a_rule_is_snoozed_for_one_shopper_and_counts_again(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop_id = await flagged(connection, (1, "flood", 80))
    where = address(shop_id, "shoppers/1/snoozes")
    snoozed = await owner.put(f"{where}/links", json={"days": 7})
    (one,) = snoozed.json()
    left = datetime.fromisoformat(one["until"]) - datetime.now(UTC)
    assert one["rule"] == "links" and timedelta(days=6) < left <= timedelta(days=7)
    assert await risk.snoozes(connection) == [(shop_id, 1, "links")]
    assert (await owner.get(where)).json() == [one]
    assert_problem(await owner.put(f"{where}/nothing", json={"days": 7}), 404, "not_found")
    assert_problem(await owner.put(f"{where}/links", json={"days": 0}), 422, "request_invalid")
    assert (await owner.delete(f"{where}/links")).json() == []
    assert_problem(await owner.delete(f"{where}/links"), 404, "not_found")
