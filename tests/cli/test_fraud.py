"""`vitrina fraud …` as an operator types it."""

from core.postgres import Connection
from core.shop import fraud_settings
from tests.cli.running import vitrina
from tests.factories import create_shop


async def test_a_preview_is_by_the_shops_own_threshold(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = await create_shop(connection)
    await fraud_settings.change_rule(
        connection, fraud_settings.RuleChange(shop_id=shop.id, rule="links", threshold=4.5)
    )
    shown = vitrina(environment, "fraud", "preview", "links", "--shop", str(shop.id)).stdout
    assert "from 4.5 on: would have hit –" in shown


async def test_the_evaluation_asks_what_to_judge_by(environment: dict[str, str]) -> None:
    for options in ((), ("--labels", "--truth", "/nowhere")):
        found = vitrina(environment, "fraud", "evaluate", *options)
        assert found.returncode == 1 and "--truth FOLDER, or --labels" in found.stderr
    found = vitrina(environment, "fraud", "evaluate", "--labels")
    assert found.returncode == 1 and "called a false positive yet" in found.stderr
