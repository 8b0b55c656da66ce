"""How metrics are added up over days: every ratio's parts give the column that they are of."""

from typing import Any

import pytest

from pipelines.catalogue import KEPT, TABLES
from pipelines.figures import Table
from pipelines.metrics import metrics_of
from pipelines.over_days import RULES, Rule
from tests.pipelines import life
from tests.pipelines.kpis.happenings import Happened
from tests.pipelines.world import Shop, World

_WITH_RATIOS = [
    table
    for table in TABLES
    if any("ratio" in rule.kind for rule in getattr(RULES.get(table.name), "metrics", {}).values())
]


def test_every_metric_has_a_rule_and_every_rule_its_columns() -> None:
    for kept in KEPT:
        names = {name for name, _ in metrics_of(kept.schema)}
        rules = RULES[kept.name].metrics if kept.name in RULES else {}
        # A segment is no number.
        assert rules.keys() == names - {"segment"}, kept.name
        for name, rule in rules.items():
            assert {*rule.part, *rule.whole} <= kept.schema.columns.keys(), (kept.name, name)
            assert bool(rule.part) == ("ratio" in rule.kind)


@pytest.fixture(scope="module", name="shop")
def lived_in(world: World) -> Shop:
    shop = world.shop()
    served = [Happened("update_handled", 1, outcome="ok"), Happened("worker_heartbeat", 0)]
    world.happen(shop, life.of_nobody(), life.of_shoppers(range(1, 9)), served)
    return shop


def worked_out(rule: Rule, row: dict[str, Any]) -> float | None:
    part, whole = (sum(row[name] for name in names) for names in (rule.part, rule.whole))
    if not whole > 0:
        return None
    share = float(part) * rule.times / float(whole)
    return 1 - share if rule.complement else share


@pytest.mark.parametrize("table", _WITH_RATIOS, ids=lambda table: table.name)
def test_a_ratio_is_that_of_its_parts(world: World, shop: Shop, table: Table) -> None:
    rows = world.figures(shop, table)
    assert rows
    for row in rows:
        for name, rule in RULES[table.name].metrics.items():
            if "ratio" in rule.kind and row[name] is not None:
                assert float(row[name]) == pytest.approx(worked_out(rule, row), abs=1e-4), name
