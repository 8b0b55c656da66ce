"""Hours of the past: one that fails stops no other, and a new model leaves what others said."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest

from core.errors import Refused
from core.settings import Settings
from core.shop import fraud_models
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import forest, gradient, model_scores, past_hours
from pipelines.fraud.sources import Hour, read_hour
from pipelines.postgres import Postgres
from tests import patience
from tests.pipelines.fraud.stored import keep
from tests.pipelines.fraud.test_assets import HOUR, spam
from tests.pipelines.fraud.test_model import change, draft
from tests.pipelines.kpis.happenings import store

CHAMPION, RETIRED = 901, 902
THEN = HOUR - timedelta(days=2)


def said(model: int, score: float, hour: datetime = THEN) -> pl.DataFrame:
    """One row, of a shopper without a signal."""
    row = (hour.date(), hour, 1, 70, "flood", model, score, "[]")
    return pl.DataFrame([row], schema=model_scores.nobody().schema, orient="row")


def scores_of(clickhouse: ClickHouse, day: date) -> set[tuple[int, datetime, int]]:
    """Model, hour and shopper of the day's rows."""
    rows = clickhouse.read(
        "SELECT model, hour, toInt64(buyer_no) FROM fraud_model_score WHERE day = {day:Date}",
        {"day": day},
    )
    return set(rows.rows())


def new_model(settings: Settings, **own: Any) -> int:
    return change(settings, lambda at: fraud_models.add(at, draft(**own)))


def trees() -> bytes:
    table = np.arange(400, dtype=np.float32).reshape(-1, 1)
    return forest.dump(gradient.portable(gradient.fit(table, (table[:, 0] > 200).astype(float))))


def until_done_or_waiting(writer: Thread, stores: Postgres) -> None:
    """Until it has ended, or waits for its turn."""
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' "
        "AND datname = current_database())"
    )
    deadline = time.monotonic() + patience.SECONDS
    while writer.is_alive() and not stores.run(lambda at: at.fetchval(waiting)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_new_model_leaves_what_others_said(
    settings: Settings, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clickhouse, stores, day = ClickHouse(lambda: settings), Postgres(lambda: settings), THEN.date()
    keep(settings, [(THEN, shop_id, 7, "links", 5.0)])
    number = new_model(settings, trees=trees())
    by_others = pl.concat([said(CHAMPION, 0.9), said(RETIRED, 0.9)])
    clickhouse.replace_hour("fraud_model_score", THEN, by_others)
    # Another writer, as Dagster's, scores an hour of that day when this one has read it.
    late = THEN.replace(hour=(THEN.hour + 1) % 24)
    writer = Thread(
        target=clickhouse.replace_hour, args=("fraud_model_score", late, said(CHAMPION, 0.8, late))
    )
    read = clickhouse.read

    def meanwhile(sql: str, *given: Any) -> pl.DataFrame:
        found = read(sql, *given)
        if "FROM fraud_model_score" in sql and writer.ident is None:
            writer.start()
            with ThreadPoolExecutor(1) as outside:  # of the event loop that this runs in
                outside.submit(until_done_or_waiting, writer, stores).result()
        return found

    monkeypatch.setattr(clickhouse, "read", meanwhile)
    assert list(past_hours.score_by_model(clickhouse, stores, number, [day])) == [""]
    writer.join(patience.SECONDS)
    others = {(CHAMPION, THEN, 70), (RETIRED, THEN, 70), (CHAMPION, late, 70)}
    assert scores_of(clickhouse, day) == {*others, (number, THEN, 7)}
    # Again: the same rows; a broken one changes nothing, and who has left the shadow is refused.
    assert list(past_hours.score_by_model(clickhouse, stores, number, [day])) == [""]
    broken = new_model(settings, trees=b"")
    (fault,) = past_hours.score_by_model(clickhouse, stores, broken, [day])
    assert "these are no trees" in fault
    with pytest.raises(Refused, match=f"model {number} has left the shadow"):
        list(past_hours.score_by_model(clickhouse, stores, number, [day]))
    assert scores_of(clickhouse, day) == {*others, (number, THEN, 7)}


def test_an_hour_that_fails_stops_no_later_one(
    settings: Settings, shop_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = HOUR - timedelta(hours=1), HOUR

    def unsound(clickhouse: ClickHouse, postgres: Postgres, begin: datetime) -> Hour:
        if begin == first:
            raise dg.Failure("is refused", allow_retries=False)
        return read_hour(clickhouse, postgres, begin)

    monkeypatch.setattr("pipelines.fraud.assets.read_hour", unsound)
    store(settings.clickhouse_url.get_secret_value(), spam(shop_id, 7))
    failed, scored = past_hours.score(settings, [first, second])
    assert failed.hour == first and "is refused" in failed.fault
    assert (scored.hour, scored.fault) == (second, "") and scored.signals > 0
