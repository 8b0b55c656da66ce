"""A broadcast to very many people whose worker is killed again and again, once while Telegram has
asked the bot to wait: everybody has it once, at the pace that Telegram allows.

The simulator runs in this process, so that each message is clocked as it arrives. The people are
made directly in its tables and in the shop's: so many presses of Start would take as long again.
"""

import asyncio
import random
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyrogram.raw import types

from bots.modules.broadcasts import hours
from core.clickhouse import open_client
from simulator import demo
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from simulator.wire.faults import FloodWait
from simulator.world import accounts, limits
from simulator.world.world import World
from tests.chaos import town
from tests.chaos.audit import Findings
from tests.chaos.town import Plan, Town
from tests.ingestion.rows import outbox_is_shipped

# When the worker is killed, by shares of the people who have it by then.
KILLS = ((0.1, 0.35), (0.4, 0.6), (0.65, 0.9))
WAITING = 1  # the kill before which Telegram asks the bot to wait
WAIT_SECONDS = 40  # long enough to be the whole bot's, not one chat's
ON_THE_WIRE_SECONDS = 2.0  # what is on its way when Telegram asks for quiet still arrives
END_SECONDS = 180.0
PLAN = Plan(seconds=0, workers=1, shippers=1, bots=1, callers=0)
BOT = demo.DEMO_BOTS[0]
EVENTS = ("broadcast_message_attempted", "broadcast_message_delivered")
_TOLD = """
SELECT event, count(*) AS times FROM witness WHERE event = ANY($1::text[]) GROUP BY event
"""
_SHIPPED = """
SELECT event, count(), uniqExact(buyer_no) FROM events
WHERE event IN {events:Array(String)} GROUP BY event
"""


@dataclass(slots=True)
class Arrivals:
    """When each message came, in seconds of a monotonic clock, and to whom."""

    times: list[float] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    def between(self, since: float, until: float) -> int:
        return bisect_left(self.times, until) - bisect_left(self.times, since)


@dataclass(eq=False, slots=True)
class Phone:
    """Somebody's phone, which notes what comes."""

    person: int
    arrivals: Arrivals

    def deliver(self, updates: types.Updates) -> None:
        for each in updates.updates:
            if isinstance(each, types.UpdateNewMessage):
                self.arrivals.times.append(time.monotonic())
                self.arrivals.people.append(self.person)


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of these ascending times in any window of so many seconds, however it lies."""
    return max(
        (place + 1 - bisect_right(times, last - seconds) for place, last in enumerate(times)),
        default=0,
    )


@dataclass(slots=True)
class Sending:
    """The broadcast under way."""

    there: Town
    telegram: Simulator
    people: Sequence[int]
    arrivals: Arrivals = field(default_factory=Arrivals)
    asked_to_wait_at: float = 0.0
    began_at: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """As long as it takes at most, by the pace at which it should go."""
        return END_SECONDS + 1.5 * len(self.people) / hours.A_SECOND

    async def until_had(self, count: int) -> None:
        """Returns once so many messages have arrived."""
        async with asyncio.timeout(self.seconds):
            while len(self.arrivals.times) < count:
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """The worker dies as by the kernel's hand, and is started anew at once."""
        worker = self.there.services["worker-1"]
        worker.kill()
        self.say("the worker is killed")
        await worker.start()

    async def ask_to_wait(self) -> None:
        """Telegram answers the next message with FLOOD_WAIT."""
        waits = self.telegram.world.faults.flood_waits
        waits["messages.sendMessage"] = FloodWait(WAIT_SECONDS, times=1)
        async with asyncio.timeout(END_SECONDS):
            while waits:
                await asyncio.sleep(0.01)
        self.asked_to_wait_at = time.monotonic()
        self.say(f"Telegram asks for {WAIT_SECONDS} s of quiet")
        await asyncio.sleep(ON_THE_WIRE_SECONDS)

    async def until_over(self) -> None:
        """Nobody waits for it any more, and all of its events are shipped."""
        async with asyncio.timeout(self.seconds):
            while not await self._is_over():
                await asyncio.sleep(1)

    async def _is_over(self) -> bool:
        async with self.there.pool.acquire() as connection:
            is_done = await connection.fetchval("SELECT bool_and(state = 'done') FROM broadcasts")
            return bool(is_done) and await outbox_is_shipped(connection)

    def say(self, what: str) -> None:
        took = time.monotonic() - self.began_at
        print(f"{took:7.1f} s, {len(self.arrivals.times)} have it: {what}", flush=True)


def settle(world: World, count: int) -> list[int]:
    """Makes so many people known to Telegram; their ids."""
    with world.change() as change:
        return [
            accounts.add_person(change.db, first_name=f"P{number}", language="en").id
            for number in range(count)
        ]


async def introduce(there: Town, people: Sequence[int]) -> None:
    """The shop knows them all, its bot may write to them, and the demo's broadcast begins now."""
    async with there.pool.acquire() as connection, connection.transaction():
        shop_id = await connection.fetchval("SELECT shop_id FROM bots WHERE id = $1", BOT.id)
        await connection.execute(
            "INSERT INTO customers (shop_id, buyer_no, telegram_id, first_name) "
            "SELECT $1, p.place, p.id, 'P' "
            "FROM unnest($2::bigint[]) WITH ORDINALITY AS p (id, place)",
            shop_id,
            people,
        )
        await connection.execute(
            "UPDATE shops SET next_buyer_no = $2 WHERE id = $1", shop_id, len(people) + 1
        )
        await connection.execute(
            "INSERT INTO bot_peers (bot_id, peer_id, access_hash, kind) SELECT $1, p.id, p.hash, "
            "'user' FROM unnest($2::bigint[], $3::bigint[]) AS p (id, hash)",
            BOT.id,
            people,
            [accounts.access_hash(each) for each in people],
        )
        await connection.execute("UPDATE broadcasts SET starts_at = now()")


async def run(count: int, seed: int, folder: Path) -> Findings:
    """From the first start to the last count."""
    async with town.running(PLAN, folder) as there:
        options = SimulatorOptions(
            data_dir=there.simulator_folder,
            port=there.telegram_port,
            control_port=there.control_port,
            shops=1,
            visitors_per_minute=0,
        )
        async with running(options) as telegram:
            sending = Sending(there, telegram, settle(telegram.world, count))
            for person in sending.people:
                telegram.world.listen(person, Phone(person, sending.arrivals))
            await introduce(there, sending.people)
            await send(sending, random.Random(seed))
            return await audit(sending)


async def send(sending: Sending, dice: random.Random) -> None:
    """To the end, with all that comes in between."""
    for service in (*sending.there.named("shipper"), *sending.there.named("worker")):
        await service.start()
    for number, (least, most) in enumerate(KILLS):
        await sending.until_had(int(dice.uniform(least, most) * len(sending.people)))
        if number == WAITING:
            await sending.ask_to_wait()
        await sending.kill()
    await sending.until_over()
    sending.say("it is over")


async def audit(sending: Sending) -> Findings:
    """Telegram's books, the shop's tables and the events say the same, and the pace was kept."""
    findings = Findings()
    _compare_books(sending, findings)
    await _compare_tables(sending, findings)
    _check_pace(sending, findings)
    return findings


def _compare_books(sending: Sending, findings: Findings) -> None:
    """What came to the phones, and how many messages Telegram has numbered in each one's box."""
    came = Counter(sending.arrivals.people)
    rows = sending.telegram.world.db.execute("SELECT id, last_message_id FROM accounts")
    boxes = {row["id"]: row["last_message_id"] for row in rows}
    findings.figures["people"] = len(sending.people)
    findings.figures["times killed"] = len(KILLS)
    for name, had in (("phones", came), ("boxes", boxes)):
        times = Counter(had.get(each, 0) for each in sending.people)
        findings.figures[f"{name}: once, not, more"] = (
            times[1],
            times[0],
            sum(count for time_, count in times.items() if time_ > 1),
        )
        findings.expect(times == {1: len(sending.people)}, f"{name} have it so often: {times}")


async def _compare_tables(sending: Sending, findings: Findings) -> None:
    pool, everybody = sending.there.pool, len(sending.people)
    states = await pool.fetch(
        "SELECT state, count(*) AS n FROM broadcast_recipients GROUP BY state"
    )
    found = {row["state"]: row["n"] for row in states}
    findings.figures["recipients"] = found
    findings.expect(found == {"delivered": everybody}, f"recipients: {found}")
    left = await pool.fetchval("SELECT count(*) FROM outgoing")
    findings.expect(left == 0, f"{left} messages are left in the queue")
    told = {row["event"]: row["times"] for row in await pool.fetch(_TOLD, list(EVENTS))}
    findings.figures["events committed"] = told
    findings.expect(told == dict.fromkeys(EVENTS, everybody), f"events: {told}")
    client = open_client(sending.there.settings.clickhouse_url.get_secret_value())
    rows = client.query(_SHIPPED, {"events": list(EVENTS)}).result_rows
    client.close()
    shipped = {event: (times, people) for event, times, people in rows}
    findings.figures["events in ClickHouse"] = shipped
    findings.expect(
        shipped == dict.fromkeys(EVENTS, (everybody, everybody)), f"ClickHouse has {shipped}"
    )


def _check_pace(sending: Sending, findings: Findings) -> None:
    """Messages are held to 25 in a little more than a second where they leave; on the way some
    catch up with others, so any one second may see a few more, and Telegram refuses none."""
    times, asked = sending.arrivals.times, sending.asked_to_wait_at
    took = times[-1] - times[0]
    over = Counter(int(each - times[0]) for each in times)
    findings.figures["sent within, s"] = round(took, 1)
    findings.figures["a second, mean"] = round((len(times) - 1) / took, 2)
    for seconds in (1, 10, 60):
        most = most_within(times, seconds)
        findings.figures[f"most in any {seconds} s"] = most
        allowed = limits.BOT.burst if seconds == 1 else hours.A_SECOND * seconds
        findings.expect(most <= allowed, f"{most} messages within {seconds} s")
    crowded = sum(count > hours.A_SECOND for count in over.values())
    findings.figures["seconds over 25"] = f"{crowded} of {len(over)}"
    refused = sending.telegram.limits.refused
    findings.figures["refused by Telegram"] = refused
    findings.expect(refused == 0, f"Telegram found the bot too fast {refused} times")
    quiet = sending.arrivals.between(asked + ON_THE_WIRE_SECONDS, asked + WAIT_SECONDS - 1)
    findings.figures["sent while told to wait"] = quiet
    findings.expect(quiet == 0, f"{quiet} messages although Telegram asked for quiet")
