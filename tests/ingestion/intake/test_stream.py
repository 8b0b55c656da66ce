"""However a stream of events is divided into calls, repeated and overlapping: the same rows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from core.modules import Modules
from core.postgres import Connection, Pool
from core.shop.write_keys import Writer
from ingestion.incoming import read_events
from ingestion.intake import known_events
from ingestion.recording import Recorded, record
from tests import factories
from tests.properties import examples

KNOWN = known_events(Modules.discover())
NAMES = ["bot_started", "message_received", "order_paid", "bot_blocked", "ad_cost_recorded"]
_COLUMNS = (
    "event, occurred_at, o.buyer_no, o.session_no, o.first_source_id IS NULL, lang, n.name, "
    "amount_minor, props, s.code AS source, c.telegram_id, c.external_id"
)


def stream(steps: list[tuple[str, int | str, int]]) -> list[dict[str, Any]]:
    """Events in the order of time: what, who, and how many minutes after the one before."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    told: list[dict[str, Any]] = []
    for number, (name, who, minutes) in enumerate(steps):
        at += timedelta(minutes=minutes)
        event: dict[str, Any] = {"id": f"e{number}", "event": name, "occurred_at": at.isoformat()}
        if name != "ad_cost_recorded":
            event["telegram_id" if isinstance(who, int) else "customer_id"] = who
        if name in {"order_paid", "ad_cost_recorded"}:
            event |= {"amount_minor": number, "currency": "RUB", "order_id": f"o{number}"}
        if name == "bot_started":
            event |= {"source": f"link{number % 2}", "language": "ru"}
        told.append(event)
    return told


async def take(connection: Connection, writer: Writer, call: list[dict[str, Any]]) -> Recorded:
    good, problems = read_events(call, KNOWN, datetime.now(UTC))
    assert not problems
    async with connection.transaction():
        return await record(connection, writer, 0, good, KNOWN)


async def outcome(connection: Connection, writer: Writer) -> list[tuple[Any, ...]]:
    """The shop's rows without their numbers: those only have to differ for different names."""
    found = await connection.fetch(
        f"SELECT {_COLUMNS} FROM outbox AS o "
        "LEFT JOIN customers AS c USING (shop_id, buyer_no) "
        "LEFT JOIN sources AS s ON s.id = o.last_source_id "
        "LEFT JOIN external_numbers AS n "
        "    ON n.shop_id = o.shop_id AND n.kind = 'order' AND n.number = o.order_id "
        "WHERE o.shop_id = $1 ORDER BY xid, pos",
        writer.shop_id,
    )
    return [tuple(row) for row in found]


async def new_writer(connection: Connection) -> Writer:
    shop = await factories.create_shop(connection)
    return Writer(key_id=1, shop_id=shop.id, retention_days=365)


STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 2, "anna", "boris"]), st.integers(0, 50)),
    min_size=1,
    max_size=14,
)


@examples(25, allow=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS, st.data())
async def test_any_split_with_any_repeats_gives_the_same_rows(
    pool: Pool, told: list[tuple[str, int | str, int]], data: st.DataObject
) -> None:
    events = stream(told)
    async with pool.acquire() as connection:
        whole = await new_writer(connection)
        assert await take(connection, whole, events) == Recorded(len(events), 0)
        expected = await outcome(connection, whole)
        assert len(expected) == len(events)

        cut = await new_writer(connection)
        done, sent, taken = 0, 0, Recorded(0, 0)
        while done < len(events):
            # A call goes on from what was taken, or begins again somewhere before it.
            begin = data.draw(st.integers(0, done))
            end = data.draw(st.integers(max(begin, done) + (begin == done), len(events)))
            call = events[begin:end]
            if data.draw(st.booleans()):
                call = [*call, call[0]]  # and says something twice
            result = await take(connection, cut, call)
            taken = Recorded(taken.accepted + result.accepted, taken.duplicates + result.duplicates)
            sent += len(call)
            done = max(done, end)
        assert taken == Recorded(len(events), sent - len(events))
        assert await outcome(connection, cut) == expected


async def test_visits_sources_and_first_starts_follow_the_time_of_events(
    connection: Connection,
) -> None:
    writer = await new_writer(connection)
    steps_told: list[tuple[str, int | str, int]] = [
        ("bot_started", "anna", 0),
        ("message_received", "anna", 29),
        ("order_paid", "anna", 40),  # a payment booked by somebody is no visit
        ("bot_started", "anna", 1),
        ("bot_blocked", "anna", 60),
    ]
    events = stream(steps_told)
    await take(connection, writer, list(reversed(events)))  # one call may have them in any order
    rows = await connection.fetch("SELECT * FROM outbox ORDER BY occurred_at")
    assert [row["session_no"] for row in rows] == [1, 1, 1, 2, 2]
    firsts = [json.loads(row["props"])["is_first"] for row in rows if row["event"] == "bot_started"]
    assert firsts == [True, False]
    codes = {row["id"]: row["code"] for row in await connection.fetch("SELECT * FROM sources")}
    sources = [(codes[row["first_source_id"]], codes[row["last_source_id"]]) for row in rows]
    assert sources[0] == ("link0", "link0") and sources[-1] == ("link0", "link1")
    row = await connection.fetchrow("SELECT blocked_at, last_seen_at FROM customers")
    assert row is not None
    assert row["blocked_at"] == rows[-1]["occurred_at"]
    assert row["last_seen_at"] == rows[-2]["occurred_at"]

    late = stream([("message_received", "anna", 5)])[0] | {"id": "late"}
    await take(connection, writer, [late])
    last = await connection.fetchrow(
        "SELECT * FROM outbox WHERE occurred_at = $1::timestamptz",
        datetime.fromisoformat(late["occurred_at"]),
    )
    assert last is not None and last["session_no"] == 2  # opens no visit, ends none
