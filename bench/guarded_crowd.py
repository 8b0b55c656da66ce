"""Whom the fraud filter holds off: the simulator's crowd before bots that act on it.

    python -m bench.guarded_crowd [--seconds 120] [--visitors 20] [--abuse 0.5] [--seed 1]

The demo's people come to its two shops at their usual pace, many abusers among them, while the
guard of a worker, a process of its own, is on (not in its shadow). Then the hour is scored and
published as the hourly job does, and they come for as long again: who hoards or takes money back
meets the verdict. What was done about whom is read from the stores, who is honest from the truth of
the people, as is which forger saw a second payment refused by the bot. Of honest people who were
held off by a verdict the reasons are printed, and how soon scrapers had one product after another:
a machine that is too busy for them lets nobody copy a catalogue fast. Exit code 1 if an honest one
was held off, or a kind of abuser by nothing, or did not come. That the reward of an invitation
waits holds nobody off, who can shop on all the while (docs/fraud.md, row 6); of rings it is what
they meet.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from bench.running import parser, quiet, shipping, stores
from cli.demo import seed as seed_demo
from core import clickhouse, postgres
from core.postgres import Pool
from core.settings import Settings
from core.shop import bots
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import verdicts
from pipelines.fraud.choices import read_choices
from pipelines.fraud.hourly import tables
from pipelines.fraud.sources import read_hour
from pipelines.postgres import Postgres
from simulator.crowd import truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.history import people
from simulator.crowd.options import Abuse, CrowdOptions
from simulator.crowd.truth import Truth
from simulator.demo import DEMO_BOTS
from simulator.server import background, running
from simulator.simulator import SimulatorOptions
from simulator.wire.server_key import PUBLIC_FILE
from simulator.world import accounts
from tests.bots.runtime.conftest import Stage, Telegram, until
from tests.engines import Engines, Stores
from tests.ingestion.rows import outbox_is_shipped

HONEST = "honest"
# What answers an abuse besides a verdict and what bots note of it.
_TURNED_DOWN = """
SELECT shop_id, buyer_no, event, JSONExtractString(props, 'reason') AS reason, outcome FROM events
WHERE event IN ('promo_rejected', 'payment_failed') AND buyer_no > 0
"""
REWARD_WAITS = "reward waits"
# Of who invited, and of who was.
_WAITING_REWARDS = f"""
SELECT DISTINCT c.telegram_id, '{REWARD_WAITS}' FROM referral_rewards AS r JOIN customers AS c
ON c.shop_id = r.shop_id AND c.buyer_no IN (r.buyer_no, r.invited_buyer_no)
WHERE r.suspicion <> ''
"""
_ACTIONS = """
SELECT c.telegram_id, f.action FROM fraud_actions AS f JOIN customers AS c USING (shop_id, buyer_no)
WHERE NOT f.is_shadow
"""
_WHY = """
SELECT c.telegram_id, r.abuse, r.rule, r.value, r.threshold, r.contribution
FROM fraud_reasons AS r JOIN fraud_verdicts AS v USING (shop_id, buyer_no, abuse)
JOIN customers AS c USING (shop_id, buyer_no) WHERE v.outcome IN ('hold', 'block')
ORDER BY c.telegram_id, r.contribution DESC
"""
_VERDICTS = """
SELECT c.telegram_id, v.abuse || ' ' || v.outcome FROM fraud_verdicts AS v
JOIN customers AS c USING (shop_id, buyer_no) WHERE v.outcome IN ('hold', 'block')
"""
# Not whom bots do not hold off: bought traffic is a weight in scores, once the shop's usual share
# is known. Half of those who take money back come to the shop of cards, where nobody can.
WEIGHTS = dict.fromkeys(Abuse, 1.0) | {Abuse.TRAFFIC: 0.0, Abuse.REFUND: 2.0}
REFUSED_BY_BOT = "BOT_PRECHECKOUT_FAILED"


@dataclass(slots=True)
class Kind:
    """People of one kind: how many, how their visits ended, and how many met each thing."""

    people: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    held_off: int = 0
    met: Counter[str] = field(default_factory=Counter)


class GuardedStage(Stage):
    """Its worker acts on abuse."""

    def settings(self, *, health_port: int = 0) -> Settings:
        off = super().settings(health_port=health_port)
        return off.model_copy(update={"online_fraud": "on"})

    @asynccontextmanager
    async def own_process(self) -> AsyncIterator[None]:
        """A worker beside this process, which has people and Telegram to do."""
        settings = self.settings()
        assert settings.secret_keys is not None
        variables = {
            "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
            "VITRINA_SECRET_KEYS": settings.secret_keys.get_secret_value(),
            "VITRINA_TELEGRAM_SERVER": settings.telegram_server,
            "VITRINA_TELEGRAM_SERVER_KEY": str(settings.telegram_server_key),
            "VITRINA_ONLINE_FRAUD": settings.online_fraud,
            "VITRINA_HEALTH_PORT": "0",
            "VITRINA_LOG_LEVEL": "error",
        }
        command = (sys.executable, "-m", "cli", "worker", "--name", "guarded")
        worker = await asyncio.create_subprocess_exec(
            *command, env=os.environ | variables, stdout=DEVNULL
        )
        try:
            yield
            assert worker.returncode is None, "the worker has ended"
        finally:
            if worker.returncode is None:
                worker.terminate()
            await worker.wait()


async def measure(seconds: float, visitors: float, abuse: float, seed: int) -> bool:
    """Prints the table; whether everybody was treated as they should be."""
    with Engines.running() as engines, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            fresh = await stack.enter_async_context(stores(engines))
            await stack.enter_async_context(shipping(fresh))
            stage, crowd, writer = await _opened(stack, fresh, Path(folder), abuse, seed)
            await _comes(crowd, visitors, seconds)
            await _scored(fresh, stage.pool)
            await _comes(crowd, visitors, seconds)
            await _scored(fresh, stage.pool)
            writer.close()
            records = list(truth.read(writer.folder))
            kinds = _kinds(records, await _met(fresh, stage.pool, records))
            await _explain(stage.pool, records)
    return _report(kinds)


async def _opened(
    stack: AsyncExitStack, fresh: Stores, folder: Path, abuse: float, seed: int
) -> tuple[Stage, Crowd, Truth]:
    """The demo's shops, run by a worker, and their people."""
    pool = await postgres.open_pool(fresh.database_url)
    stack.push_async_callback(pool.close)
    simulator = await stack.enter_async_context(running(SimulatorOptions(data_dir=folder)))
    telegram = Telegram(
        f"127.0.0.1:{simulator.port}", folder / PUBLIC_FILE, simulator.control_port, simulator.world
    )
    stage = GuardedStage(pool, fresh.database_url, telegram, stack)
    await seed_demo(stage.settings(), len(DEMO_BOTS))
    with telegram.world.change() as change:
        for bot in DEMO_BOTS:
            accounts.put_bot(change.db, bot.id, bot.token, bot.name, bot.username)
    await stack.enter_async_context(stage.own_process())
    for bot in DEMO_BOTS:
        async with pool.acquire() as connection:
            connected = await bots.get(connection, bot.id)
        await stage.runs(connected)
    writer = Truth(folder / truth.FOLDER)
    options = CrowdOptions(abuse_share=abuse, abuses=WEIGHTS, return_share=0.4)
    return (
        stage,
        Crowd(telegram.world, writer, options, seed=seed, bot_ids=[bot.id for bot in DEMO_BOTS]),
        writer,
    )


async def _comes(crowd: Crowd, visitors: float, seconds: float) -> None:
    async def nobody_is_there() -> bool:
        return not crowd.visiting

    crowd.let_in(True)
    async with background(crowd.come(visitors)):
        await asyncio.sleep(seconds)
        crowd.let_in(False)
        await until(nobody_is_there, "the end of the visits", seconds=120)


async def _scored(fresh: Stores, pool: Pool) -> None:
    """What the hourly job does, of the last two hours."""
    async with pool.acquire() as connection:

        async def all_is_shipped() -> bool:
            return await outbox_is_shipped(connection)

        await until(all_is_shipped, "the last events")
    await asyncio.to_thread(_score, fresh)


def _score(fresh: Stores) -> None:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(fresh.database_url),
        clickhouse_url=SecretStr(fresh.clickhouse_url),
    )
    house, books = ClickHouse(lambda: settings), Postgres(lambda: settings)
    choices, now = books.run(read_choices), datetime.now(UTC)
    this = now.replace(minute=0, second=0, microsecond=0)
    for begin in (this - timedelta(hours=1), this):
        for name, frame in tables(read_hour(house, books, begin), choices).items():
            house.replace_hour(name, begin, frame)
    signals = verdicts.read_signals(house, choices, now)
    made = verdicts.decide(signals, verdicts.read_known(house), choices, now)
    verdicts.publish(house, books, made)


async def _met(
    fresh: Stores, pool: Pool, records: Sequence[truth.AnyRecord]
) -> Mapping[int, set[str]]:
    """What each person met, by Telegram id."""
    met = defaultdict[int, set[str]](set)
    for who in _refused(records):
        met[who].add("second payment refused")
    for query in (_ACTIONS, _VERDICTS, _WAITING_REWARDS):
        for who, what in await pool.fetch(query):
            met[who].add(what)
    rows = await pool.fetch("SELECT shop_id, buyer_no, telegram_id FROM customers")
    ids = {(row["shop_id"], row["buyer_no"]): row["telegram_id"] for row in rows}
    client = await clickhouse.open_async_client(fresh.clickhouse_url)
    try:
        for shop, buyer, event, reason, outcome in (await client.query(_TURNED_DOWN)).result_rows:
            if event != "promo_rejected" or reason == "locked":
                met[ids[shop, buyer]].add(f"{event} {reason or outcome}".strip())
    finally:
        await client.close()
    return met


def _refused(records: Sequence[truth.AnyRecord]) -> set[int]:
    """Whoever wanted to pay again for what they had paid, saw the bot say no, and paid once."""
    found = people(records, [bot.id for bot in DEMO_BOTS])
    return {
        each.telegram_id
        for each in records
        if isinstance(each, truth.Deed)
        and (each.what, each.about) == ("refused", REFUSED_BY_BOT)
        and (person := found.get(each.telegram_id))
        and not person.extra
    }


def _paid_by_card(records: Sequence[truth.AnyRecord]) -> set[int]:
    """Those who would take money back and cannot: of what was paid by card only the shop can give
    it back."""
    took = {each.telegram_id for each in records if isinstance(each, truth.Refund)}
    wanted = (each for each in records if isinstance(each, truth.Person))
    return {each.telegram_id for each in wanted if each.abuse is Abuse.REFUND} - took


def _kinds(records: Sequence[truth.AnyRecord], met: Mapping[int, set[str]]) -> dict[str, Kind]:
    kinds = defaultdict[str, Kind](Kind)
    kind_of = {
        each.telegram_id: each.abuse or HONEST for each in records if isinstance(each, truth.Person)
    }
    for each in records:
        if isinstance(each, truth.Visit):
            kinds[kind_of[each.telegram_id]].ends[each.outcome] += 1
    came = {each.telegram_id for each in records if isinstance(each, truth.Start)}
    for each in records:
        if isinstance(each, truth.Person) and each.telegram_id in came - _paid_by_card(records):
            kind = kinds[each.abuse or HONEST]
            found = met.get(each.telegram_id, set())
            kind.people += 1
            kind.held_off += bool(
                found - ({REWARD_WAITS} if each.abuse is not Abuse.RING else set())
            )
            kind.met.update(found)
    return kinds


async def _explain(pool: Pool, records: Sequence[truth.AnyRecord]) -> None:
    """Prints why honest people have a verdict, and how fast the catalogue was copied."""
    people_ = [each for each in records if isinstance(each, truth.Person)]
    honest = {each.telegram_id for each in people_ if each.abuse is None}
    for who, *why in await pool.fetch(_WHY):
        if who in honest:
            print("an honest one:", who, *why)
    scrapers = {each.telegram_id for each in people_ if each.abuse is Abuse.SCRAPE}
    seen = defaultdict[int, list[float]](list)
    for each in records:
        if isinstance(each, truth.Deed) and each.what == "view" and each.telegram_id in scrapers:
            seen[each.telegram_id].append(each.at)
    gaps = [after - at for ats in seen.values() for at, after in zip(ats, ats[1:], strict=False)]
    if gaps:
        print(f"scrapers had the next product after {statistics.median(gaps):.2f} s (median)")


def _report(kinds: Mapping[str, Kind]) -> bool:
    print(f"{'':10}{'people':>8}{'held off':>10}  by what; how their visits ended")
    for name, kind in sorted(kinds.items(), key=lambda item: (item[0] == HONEST, item[0])):
        by = ", ".join(f"{what} {count}" for what, count in kind.met.most_common())
        ends = ", ".join(f"{end} {count}" for end, count in kind.ends.most_common())
        print(f"{name:10}{kind.people:>8}{kind.held_off:>10}  {by or 'nothing'}; {ends}")
    came = {name for name, kind in kinds.items() if kind.people}
    if missing := {HONEST, *(each for each, weight in WEIGHTS.items() if weight)} - came:
        print("nobody of these came, of whom nothing is shown:", *sorted(missing))
    is_right = all((kinds[name].held_off > 0) is (name != HONEST) for name in came)
    return is_right and not missing


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--visitors", type=float, default=20, help="a minute and shop")
    arguments.add_argument("--abuse", type=float, default=0.5)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    quiet()
    is_right = asyncio.run(measure(chosen.seconds, chosen.visitors, chosen.abuse, chosen.seed))
    sys.exit(not is_right)


if __name__ == "__main__":
    main()
