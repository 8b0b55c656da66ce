"""`vitrina fraud models`, `promote` and `retire`, on models that stand there."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from core import postgres
from core.errors import ChangedMeanwhile
from core.settings import Settings
from core.shop import fraud_models, fraud_review, fraud_settings, risk
from core.shop.fraud_models import ModelDraft
from pipelines.fraud import past_hours
from tests.factories import create_customer, create_shop

METRICS = {
    "tested": 40,
    "tested_frauds": 20,
    "auroc": 0.999,
    "average_precision": 0.9,
    "rules_average_precision": 0.8,
}


def ran(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["fraud", *words])
    return result.exit_code, result.output


@pytest.fixture(name="number")
def stored_model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> int:
    url = settings.database_url.get_secret_value()
    monkeypatch.setenv("VITRINA_DATABASE_URL", url)
    monkeypatch.setenv("VITRINA_CLICKHOUSE_URL", settings.clickhouse_url.get_secret_value())
    now = datetime.now(UTC)

    async def store() -> int:
        connection = await postgres.connect(url)
        try:
            async with connection.transaction():
                draft = ModelDraft(
                    window_from=now,
                    window_until=now,
                    labels=60,
                    frauds=30,
                    shops=2,
                    features=["links"],
                    metrics=METRICS,
                    reference={},
                    versions={},
                    trees=b"",
                    is_calibrated=False,
                )
                return await fraud_models.add(connection, draft)
        finally:
            await connection.close()

    return asyncio.run(store())


@pytest.mark.usefixtures("number")
def test_limits_follow_from_costs_and_people(settings: Settings) -> None:
    async def shop_of() -> int:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            return (await create_shop(connection)).id
        finally:
            await connection.close()

    number = asyncio.run(shop_of())
    shop = str(number)
    code, said = ran("limits", "--shop", shop)
    assert code == 0 and "review from 65, hold or block from 75; all cases" in said
    costs = ("--missed", "1000", "--stopped", "4000", "--review", "300")
    code, said = ran("limits", "--shop", shop, *costs, "--reviews-a-day", "20")
    assert code == 0 and "review from 40, hold or block from 80; 20 cases a day" in said
    code, said = ran("limits", "--shop", shop, "--missed", "1000")
    assert code != 0 and "all three" in said
    code, said = ran("limits", "--shop", shop, "--reviews-a-day", "0")
    assert code == 0 and "review from 40, hold or block from 80; all cases" in said
    # A form of the panel that was read before any of this changes nothing.
    with pytest.raises(ChangedMeanwhile) as refused:
        asyncio.run(_saved(settings, number, seen_version=1))
    assert refused.value.etag == '"3"'
    # A score is no probability: where a missed fraud costs most, honest people are stopped no more.
    costs = ("--missed", "8000", "--stopped", "2000", "--review", "1")
    code, said = ran("limits", "--shop", shop, *costs)
    assert code == 0 and "review from 40, hold or block from 75; all cases; a score is no" in said
    with pytest.raises(ChangedMeanwhile):
        asyncio.run(_saved(settings, number, seen_version=3))
    asyncio.run(_saved(settings, number, seen_version=4))


async def _saved(settings: Settings, shop_id: int, *, seen_version: int) -> None:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        await fraud_settings.begin_change(connection, shop_id, seen_version)
    finally:
        await connection.close()


def test_a_model_is_promoted_by_who_means_it(number: int) -> None:
    code, said = ran("promote", str(number))
    assert code != 0 and "too good to be true" in said
    code, said = ran("promote", str(number), "--when-better")
    assert code == 0 and "that is left to a person for such a model" in said
    code, said = ran("promote", str(number), "--when-better", "--accept-leakage")
    assert code != 0 and "promote at once" in said
    code, said = ran("promote", str(number), "--by-hand")
    assert code == 0 and "by itself" not in said
    code, said = ran("promote", str(number), "--accept-leakage")
    assert code == 0 and "champion" in said and "by the operator" in said
    code, said = ran("retire", str(number))
    assert code == 0 and "retired" in said
    code, said = ran("models")
    assert code == 0
    assert "AUROC 0.999, average precision 0.900, the rules' 0.800" in said
    assert "LEAKAGE?" in said and "not calibrated" in said
    code, said = ran("promote", str(number), "--when-better")
    assert code != 0 and "not in the shadow (retired)" in said
    code, said = ran("promote", str(number + 1))
    assert code != 0 and f"there is no model {number + 1}" in said


@pytest.mark.usefixtures("number")  # for its environment
def test_what_was_scored_is_published_whatever_ended_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    of_day = [begin - timedelta(hours=number) for number in (3, 2, 1)]
    published: list[Settings] = []

    def command(*hours: past_hours.ScoredHour | BaseException) -> tuple[int, str]:
        """The command in a system in which these are left, and one may raise."""

        def score(*_: object) -> Iterator[past_hours.ScoredHour]:
            for each in hours:
                if isinstance(each, BaseException):
                    raise each
                yield each

        published.clear()
        monkeypatch.setattr(past_hours, "hours_to_score", lambda *_, **__: of_day[: len(hours)])
        monkeypatch.setattr(past_hours, "score", score)
        monkeypatch.setattr(past_hours, "publish", published.append)
        return ran("hours", "--from", f"{of_day[0]:%Y-%m-%d}")

    first, second, third = of_day
    good = past_hours.ScoredHour(first, 4), past_hours.ScoredHour(third, 3)
    code, said = command(good[0], past_hours.ScoredHour(second, fault="is refused"), good[1])
    assert code == 1 and len(published) == 1
    assert "2 hours scored, 7 signals; the verdicts are published" in said
    assert f"1 of 3 hours failed, their former scores stay: {second:%Y-%m-%d %H:00}" in said
    for ended, expected in ((KeyboardInterrupt(), 130), (OSError("no store"), 1)):
        code, said = command(good[0], ended)
        assert code == expected and len(published) == 1
        assert "1 hours scored, 4 signals; the verdicts are published" in said
    code, said = command()
    assert code == 0 and len(published) == 1 and "0 hours scored" in said


@pytest.mark.usefixtures("number")  # for its environment
def test_what_was_known_before_comes_from_a_file(settings: Settings, tmp_path: Path) -> None:
    async def shop_of() -> tuple[int, int, int]:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            shop = await create_shop(connection)
            thief = await create_customer(connection, shop.id, telegram_id=501)
            honest = await create_customer(connection, shop.id, telegram_id=502)
            return shop.id, thief.buyer_no, honest.buyer_no
        finally:
            await connection.close()

    shop_id, thief, honest = asyncio.run(shop_of())
    file = tmp_path / "labels.csv"
    shop = ("--shop", str(shop_id))
    file.write_text(
        "customer,abuse,label,known_at\n501,payment,confirmed,2026-11-01T10:00:00Z\n"
        f"#{honest},payment,maybe,2026-11-02\n503,theft,confirmed,2026-11-02\n"
    )
    code, said = ran("labels", str(file), *shop)
    assert code != 0 and "line 3: label: " in said and "line 4: " in said and "nothing" in said
    file.write_text(
        "customer;abuse;label;known_at;note\n501;payment;confirmed;01.11.2026 10:00;chargeback\n"
        f"#{honest};payment;confirmed;01.11.2026;\n#{honest};payment;false_positive;02.11.2026;\n"
    )
    assert (
        "3 labels would be taken, 0 were known" in ran("labels", str(file), *shop, "--dry-run")[1]
    )
    assert "3 labels taken, 0 were known" in ran("labels", str(file), *shop)[1]
    assert "0 labels taken, 3 were known" in ran("labels", str(file), *shop)[1]

    async def stands() -> tuple[Any, Any, Any]:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            known = await fraud_models.known_labels(
                connection, datetime(2026, 11, 1, 20, tzinfo=UTC)
            )
            held = await risk.held_or_blocked(connection)
            (told, *_) = await fraud_review.decisions_of(connection, shop_id, thief)
            by = told.note, told.is_from_file, told.decided_by, told.decided_at.day
            return {(row[1], row[4]) for row in known}, held, by
        finally:
            await connection.close()

    known, held, told = asyncio.run(stands())
    # Each at its own time; who was cleared later is not held.
    assert known == {(thief, True), (honest, True)}
    assert held == [(shop_id, thief)] and told == ("chargeback", True, "", 1)
