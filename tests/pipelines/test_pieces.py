"""Reading in pieces: never more rows at once than a limit, and the same result as in one go."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.postgres import Connection
from core.settings import Settings
from pipelines import pieces
from pipelines.activity.inputs import shoppers
from pipelines.activity.schemas import MOMENT
from pipelines.audience import tables
from pipelines.audience.audience_day import sessions
from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.figures import Day, Input, asset
from pipelines.kpis.materialise import DayOutcome, materialise_day
from pipelines.pieces import Piece, plan
from pipelines.shops import day_windows
from tests import factories
from tests.pipelines.kpis.happenings import Happened, store
from tests.pipelines.world import DAY, World, at
from tests.properties import examples

often = examples(50)
SHOPS = day_windows(
    pl.DataFrame(
        {"shop_id": [1, 2, 3], "timezone": ["UTC"] * 3}, schema_overrides={"shop_id": pl.UInt32}
    ),
    DAY,
)


@often
@given(st.dictionaries(st.integers(1, 50), st.integers(1, 1000)), st.integers(1, 1200))
def test_a_plan_holds_every_shop_once_and_no_piece_is_too_large(
    rows: dict[int, int], limit: int
) -> None:
    held: dict[int, list[Piece]] = {}
    for piece in plan(rows, limit):
        assert sum(rows[shop] for shop in piece.shops) <= limit * piece.parts
        for shop in piece.shops:
            held.setdefault(shop, []).append(piece)
    assert held.keys() == rows.keys()
    for found in held.values():
        assert [piece.part for piece in found] == list(range(found[0].parts))


def test_shops_that_fit_are_read_together() -> None:
    assert list(plan({1: 4, 2: 5, 3: 2, 4: 25, 5: 1}, 10)) == [
        Piece((1, 2)),
        Piece((3,)),
        Piece((4,), 0, 3),
        Piece((4,), 1, 3),
        Piece((4,), 2, 3),
        Piece((5,)),
    ]
    assert not list(plan({}, 10))


_minutes = st.integers(-30, 24 * 60 - 1)


@often
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9), _minutes)), st.integers(1, 20))
def test_sessions_in_pieces_are_those_in_one_go(
    rows: list[tuple[int, int, int]], limit: int
) -> None:
    moments = pl.DataFrame(
        [(shop, buyer, at(0, 0) + timedelta(minutes=minute)) for shop, buyer, minute in rows],
        schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "at": MOMENT},
        orient="row",
    )
    whole = sessions(moments, SHOPS)
    counts = dict(moments.group_by("shop_id").len().iter_rows())
    parts = [
        sessions(
            moments.filter(
                pl.col("shop_id").is_in(piece.shops),
                pl.col("buyer_no") % piece.parts == piece.part,
            ),
            SHOPS,
        )
        for piece in plan(counts, limit)
    ]
    keys = ["shop_id", "buyer_no"]
    assert pl.concat([whole.clear(), *parts]).sort(keys).equals(whole.sort(keys))


def test_a_days_audience_is_the_same_in_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = world.shop("Asia/Vladivostok")  # its day begins at 14:00 UTC the day before
    world.happen(
        shop,
        *[
            Happened("message_received", buyer, at=at(-1, 14) + timedelta(minutes=minute))
            for buyer in range(1, 8)
            for minute in (-20 * (buyer % 2), 5, 30 + buyer, 300, 331, 400 * (buyer % 3))
        ],
    )
    whole = world.figures(shop, AUDIENCE_DAY, flagged=[2, 3])
    clean = world.figures(shop, AUDIENCE_DAY, flagged=[2, 3], variant="clean")
    sizes: list[int] = []
    query = Day.query

    def watched(self: Day, sql: str, *args: Any, **more: Any) -> pl.DataFrame:
        frame = query(self, sql, *args, **more)
        if "AS at" in sql:
            sizes.append(frame.height)
        return frame

    monkeypatch.setattr(Day, "query", watched)
    monkeypatch.setattr(pieces, "ROWS", 13)
    assert world.figures(shop, AUDIENCE_DAY, flagged=[2, 3]) == whole
    assert len(sizes) == 4 and sum(sizes) == 42 and max(sizes) <= 13  # of 7 shoppers, 6 rows each
    assert world.figures(shop, AUDIENCE_DAY, flagged=[2, 3], variant="clean") == clean
    assert whole[0]["sessions"] > clean[0]["sessions"] > 0


async def test_a_piece_that_is_unsound_refuses_the_day(
    settings: Settings, connection: Connection, clickhouse_url: str
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    await connection.execute("UPDATE shops SET retention_days = 730")
    store(clickhouse_url, [Happened("message_received", 1, shop_id=shop.id, at=at(0))])
    strict = shoppers({"at": pa.Column(MOMENT, pa.Check.gt(datetime(2100, 1, 1, tzinfo=UTC)))})
    moments = replace(tables._MOMENTS, schema=strict)  # pylint: disable=protected-access
    table = replace(
        AUDIENCE_DAY, inputs=[Input("begun", shoppers({"sessions": pa.Column()}), moments.read)]
    )

    def run() -> DayOutcome:
        return materialise_day(settings, DAY, [asset(table)])

    outcome = await asyncio.to_thread(run)
    assert not outcome.succeeded and not outcome.rows
    (refused,) = [check for check in outcome.checks if not check.passed]
    assert refused.name == "input_is_sound"
    (offending,) = refused.offending
    assert offending["column"] == "at" and '"buyer_no":1' in (offending["row"] or "")
