"""A shop's funnel of any steps in their order: who took the first one in some days, and how far
they came within a time; whole, or by the link, the language or the product."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from api.asked import Variant
from api.count_statement import flagged
from api.metric_reading import LIMITS, narrowed
from api.reader import Reader
from api.stretches import STAMP, Stretch, before_moment, from_moment, instant
from core import people_day
from core.errors import VitrinaError
from core.events import Bilingual
from core.funnel_steps import PRODUCT_STEPS, STEPS

FunnelKey = Literal["source", "language", "product"]
MOST_PARTS = 50


class FunnelInvalid(VitrinaError):
    """The steps are not known, too few, twice the same, or none of one product."""

    code = "funnel_invalid"
    status = 422

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


class StepUsers(BaseModel):
    """How many people came to a step, and their share of those of the step before and of the first
    one; null without any."""

    step: str
    users: int
    of_previous: float | None
    of_first: float | None


class FunnelPart(BaseModel):
    """The funnel of one key; `label` is what people call it, null if it has no other name."""

    key: str
    label: str | None
    steps: list[StepUsers]


def chosen_steps(text: str, by: FunnelKey | None) -> list[str]:
    """The steps of a list with commas, in the order in which they are to be taken; raises
    FunnelInvalid."""
    steps = [step.strip() for step in text.split(",") if step.strip()]
    known = PRODUCT_STEPS if by == "product" else STEPS
    names = ", ".join(known)
    wrong = [step for step in steps if step not in known]
    if wrong and by == "product" and wrong[0] in STEPS:
        raise FunnelInvalid(
            Bilingual(
                f"Шаг {wrong[0]} не относится к одному товару: по товарам берите {names}.",
                f"the step {wrong[0]} is of no single product: by product, take {names}",
            )
        )
    if wrong:
        raise FunnelInvalid(
            Bilingual(
                f"Нет шага {wrong[0][:40]!r}: есть {names}.",
                f"there is no step {wrong[0][:40]!r}: there are {names}",
            )
        )
    if len(steps) < 2 or len(set(steps)) < len(steps):
        raise FunnelInvalid(
            Bilingual(
                "Назовите через запятую хотя бы два разных шага.",
                "name two steps or more with commas, each once",
            )
        )
    return steps


_KEYS: Mapping[str, str] = {
    "source": people_day.DIMENSIONS["source"],
    "language": people_day.DIMENSIONS["language"],
}


def _sql(steps: Sequence[str], by: FunnelKey | None, variant: Variant) -> str:
    events = PRODUCT_STEPS if by == "product" else STEPS
    taken = [f"e.event IN ({', '.join(map(repr, events[step]))})" for step in steps]
    # Who takes the first step later on begins another funnel.
    taken[0] = f"({taken[0]} AND {before_moment('e.occurred_at', f'{{end:{STAMP}}}')})"
    is_of_product = by == "product"
    if is_of_product:
        key = "toString(e.product_id)"
    elif by:
        key = f"argMinIf({_KEYS[by]}, e.occurred_at, {taken[0]})"
    else:
        key = "''"
    every = ", ".join(repr(event) for step in steps for event in events[step])
    return f"""
SELECT dimension, level, count() AS users FROM (
    SELECT e.buyer_no AS buyer, {key} AS dimension, windowFunnel({{within:UInt64}})(
        toUInt64(toUnixTimestamp64Milli(e.occurred_at)), {", ".join(taken)}) AS level
    FROM events AS e
    WHERE e.shop_id IN {{shops:Array(UInt32)}} AND e.event IN ({every}) AND e.buyer_no > 0
        AND {from_moment("e.occurred_at", f"{{begin:{STAMP}}}")}
        AND {before_moment("e.occurred_at", f"{{until:{STAMP}}}")}
        AND NOT e.is_staff AND NOT e.is_test
        {"AND e.product_id > 0" if is_of_product else ""}
        {f"AND NOT {flagged('e')}" if variant == "clean" else ""}
    GROUP BY buyer {", e.product_id" if is_of_product else ""}
)
WHERE level > 0 GROUP BY dimension, level
"""


async def read_counts(
    reader: Reader,
    shop_id: int,
    steps: Sequence[str],
    days: Stretch,
    within_days: int,
    by: FunnelKey | None,
    variant: Variant,
) -> tuple[list[int], dict[str, list[int]]]:
    """How many people came to each step, each counted once, and how many by key (one, of everybody,
    without `by`). Raises TooExpensive and what ClickHouse raises."""
    counts = await _by_key(reader, shop_id, steps, days, within_days, by, variant)
    # Everybody is of one link and one language, but may be of several products.
    apart = counts
    if by == "product":
        apart = await _by_key(reader, shop_id, steps, days, within_days, None, variant)
    every = [sum(users) for users in zip(*apart.values(), strict=True)] or [0] * len(steps)
    return every, counts


async def _by_key(
    reader: Reader,
    shop_id: int,
    steps: Sequence[str],
    days: Stretch,
    within_days: int,
    by: FunnelKey | None,
    variant: Variant,
) -> dict[str, list[int]]:
    until = days.end.timestamp() + within_days * 86_400
    parameters = {
        "shops": [shop_id],
        "begin": instant(days.start),
        "end": instant(days.end),
        "until": instant(days.end.fromtimestamp(until, days.end.tzinfo)),
        "within": within_days * 86_400_000,
    }
    with narrowed():
        rows = await reader.rows(_sql(steps, by, variant), parameters, settings=LIMITS)
    return reached(rows, len(steps))


def reached(rows: Iterable[Mapping[str, Any]], steps: int) -> dict[str, list[int]]:
    """Who came furthest to a step has taken those before it, too."""
    found: dict[str, list[int]] = {}
    for row in rows:
        users = found.setdefault(row["dimension"], [0] * steps)
        for place in range(row["level"]):
            users[place] += row["users"]
    return found


def with_shares(steps: Sequence[str], users: Sequence[int]) -> list[StepUsers]:
    """The steps with their shares."""
    before = [users[0], *users]
    return [
        StepUsers(
            step=step,
            users=count,
            of_previous=count / previous if previous else None,
            of_first=count / users[0] if users[0] else None,
        )
        for step, count, previous in zip(steps, users, before, strict=False)
    ]
