import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from simulator import load
from simulator.crowd import truth
from simulator.crowd.totals import totals_of
from simulator.demo import DEMO_BOTS
from simulator.journal import FILE
from simulator.load import LoadOptions, LoadReport
from simulator.simulator import SimulatorOptions
from simulator.wire.server_key import PUBLIC_FILE
from tests.simulator.clients import TinyShop, client_of, started
from tests.simulator.crowd.conftest import HASTY

BOT = DEMO_BOTS[0]


async def loaded(
    data_dir: Path, seconds: float, watch: Callable[[str, int, int], None] = lambda *_: None
) -> LoadReport:
    """A load of the tiny shop, which connects as soon as the simulator says where it is."""
    said: asyncio.Queue[str] = asyncio.Queue()
    options = LoadOptions(
        simulator=SimulatorOptions.model_validate(
            {
                "data_dir": data_dir,
                "shops": 1,
                "limits": False,
                "shoppers": 5,
                "pause_seconds": 0.05,
                "crowd": HASTY | {"roles": {"buyer": 1}},
            }
        ),
        seconds=seconds,
    )
    work = asyncio.create_task(load.load(options, said.put_nowait, watch))
    port = int((await said.get()).split()[3].rstrip(","))
    client = client_of(port, data_dir, bot_token=BOT.token)
    TinyShop(client)
    async with started(client):
        return await work


async def test_a_load_ends_with_its_figures(data_dir: Path) -> None:
    report = await loaded(data_dir, 2.0)
    totals = report.audit.totals
    assert (report.bots, report.shoppers, totals.people) == (1, 5, {"buyer": 5})
    assert 0 < report.visits_per_second < report.updates_per_second
    audit = report.audit
    assert (audit.receipts_missing, audit.receipts_doubled, audit.visiting) == (0, 0, 0)
    assert totals == totals_of(truth.read(data_dir / truth.FOLDER))
    text = "\n".join(load.lines(report))
    assert f"{totals.charges} payments of {totals.paid} Stars" in text and "p99" in text
    assert not (data_dir / load.STATE_FILE).exists()


async def test_only_the_owner_reads_what_it_writes(data_dir: Path) -> None:
    seen: dict[str, int] = {}

    def look(*_progress: object) -> None:
        files = [each for each in data_dir.rglob("*") if each.is_file()]
        seen.update({each.name: each.stat().st_mode & 0o777 for each in files})

    before = os.umask(0)
    try:
        (data_dir / FILE).touch(0o644)  # of an earlier version
        await loaded(data_dir, 1.0, look)
    finally:
        os.umask(before)
    assert {FILE, f"{FILE}-wal", load.STATE_FILE, "server_key.pem"} <= seen.keys()
    assert any(name.endswith(".jsonl") for name in seen)
    public = {name for name, mode in seen.items() if mode != 0o600}
    assert public == {PUBLIC_FILE}


async def test_it_says_how_far_it_is(data_dir: Path) -> None:
    told: list[tuple[str, int, int]] = []
    await loaded(data_dir, 2.0, lambda *progress: told.append(progress))
    texts = list(dict.fromkeys(text for text, _, _ in told))
    assert texts == ["waiting for bots", "seconds of shopping", "waiting for the last receipts"]
    shopping = list(dict.fromkeys(progress[1:] for progress in told if "shopping" in progress[0]))
    assert shopping[0] == (0, 2) and len(shopping) > 1 and shopping == sorted(shopping)
    assert {total for _, total in shopping} == {2}


async def test_a_load_that_was_cut_short_lasts_as_long_as_was_left(data_dir: Path) -> None:
    (data_dir / load.STATE_FILE).write_text(f'{{"ends_at": {time.time() + 4}}}')
    assert (await loaded(data_dir, 3600)).seconds < 60


async def test_the_time_of_an_older_load_is_over(data_dir: Path) -> None:
    (data_dir / load.STATE_FILE).write_text(f'{{"ends_at": {time.time() - 1}}}')
    assert (await loaded(data_dir, 2.0)).visits > 0
