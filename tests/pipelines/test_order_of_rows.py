"""Every table's rows are the same in whatever order its inputs come: computed again, nothing moves.

ClickHouse gives rows in no order of its own; two events of one moment are told apart by their names
and numbers.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import ACTIVITY
from core.funnel_steps import STEPS
from pipelines.activity.schemas import FOLDED
from pipelines.catalogue import TABLES
from pipelines.figures import Input, Table
from tests.pipelines.test_invariants import SHOPS
from tests.pipelines.world import DAY, at
from tests.properties import examples

_EVENTS = sorted({*FOLDED, *ACTIVITY})
_WORDS: dict[str, list[Any]] = {
    "shop_id": [1, 2],
    "hour": [at(0, hour) for hour in range(3)],
    # Above all what settles anything by its order.
    "event": [*_EVENTS, *["bot_started", "bot_blocked", "bot_unblocked"] * len(_EVENTS)],
    "kind": ["0", "7", "8"],
    "currency": ["XTR", "RUB"],
    "step": list(STEPS),
    "variant": ["raw"],
    "broadcast": ["5", "6"],
}
# What a row is of, where the columns alone do not say it. Whoever is not named may stand in several
# rows: an input of events.
_KEYS: dict[str, tuple[str, ...]] = {
    "arrived": ("shop_id",),
    "folded": ("shop_id",),
    "before": ("shop_id", "buyer_no"),
    "first_purchases": ("shop_id", "buyer_no"),
    "members": ("shop_id", "buyer_no"),
    "month": ("shop_id", "buyer_no"),
    "newcomers": ("shop_id", "buyer_no"),
    "flagged": ("shop_id", "buyer_no"),
    "switchers": ("shop_id", "buyer_no"),
    "year": ("shop_id", "buyer_no"),
    "long_silent": ("shop_id", "buyer_no"),
    "today": ("shop_id", "buyer_no", "event", "kind", "currency"),
    "orders": ("shop_id", "buyer_no", "order_id"),
    "paid": ("shop_id", "buyer_no", "order_id"),
    "steps": ("shop_id", "buyer_no", "step", "on_day"),
    "recipients": ("shop_id", "buyer_no", "broadcast"),
    "interest": ("shop_id", "buyer_no", "product_id"),
    "shelf": ("shop_id", "product_id"),
    "sold": ("shop_id", "product_id", "variant"),
    "deliveries": ("shop_id", "buyer_no", "order_id"),
    "handled": ("shop_id", "bot_id", "hour"),
}


_VALUES: dict[Any, Callable[[Random], Any]] = {
    pl.Boolean: lambda chance: chance.random() < 0.5,
    pl.Date: lambda chance: DAY - timedelta(days=chance.randint(0, 2)),
    pl.Datetime: lambda chance: at(0, chance.choice([9, 10, 11]), chance.choice([0, 30])),
    pl.List: lambda chance: [chance.randint(1, 3) for _ in range(chance.randint(0, 2))],
    pl.Float64: lambda chance: float(chance.randint(0, 3)),
}


def _value(name: str, dtype: Any, chance: Random) -> Any:
    """One of a few, so that moments, amounts and people meet."""
    if name in _WORDS:
        return chance.choice(_WORDS[name])
    make = _VALUES.get(dtype.base_type())
    return make(chance) if make else chance.randint(1, 3)


def _dtype(column: pa.Column) -> Any:
    return column.dtype.type


def made_up(each: Input, chance: Random) -> pl.DataFrame:
    """A frame that the input might be, of rows that are no two of the same thing."""
    columns = {name: _dtype(column) for name, column in each.schema.columns.items()}
    rows = [
        {
            name: None
            if each.schema.columns[name].nullable and chance.random() < 0.01
            else _value(name, dtype, chance)
            for name, dtype in columns.items()
        }
        for _ in range(chance.choice([0, 3, 40]))
    ]
    frame = pl.DataFrame(rows, schema=columns)
    keys = list(each.schema.unique or _KEYS.get(each.name, ()))
    is_known = bool(keys) and all(key in columns for key in keys)
    return frame.unique(keys, maintain_order=True) if is_known else frame


# Folds are kept as ClickHouse makes them.
_COMPUTED = [table for table in TABLES if table.group != "activity"]


@pytest.mark.parametrize("table", _COMPUTED, ids=lambda table: table.name)
@examples(20)
@given(seed=st.integers(0, 10**6))
def test_a_table_is_the_same_of_its_inputs_in_any_order(table: Table, seed: int) -> None:
    chance = Random(seed)
    inputs = {each.name: made_up(each, chance) for each in table.inputs}

    def computed(frames: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
        own = {
            name: frame.drop("variant") if table.has_variants and "variant" in frame else frame
            for name, frame in frames.items()
        }
        rows = table.compute(shops=SHOPS, day=DAY, **own)
        keys = [key for key in table.schema.unique or () if key in rows.columns]
        held = [name for name in table.schema.columns if name in rows.columns]
        return rows.select(held).sort(keys).to_dicts()

    expected = computed(inputs)
    for number in range(3):
        shuffled = {
            name: frame.sample(fraction=1, shuffle=True, seed=seed + number)
            for name, frame in inputs.items()
        }
        assert computed(shuffled) == expected
