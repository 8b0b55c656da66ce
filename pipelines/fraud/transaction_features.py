"""What the model sees of a transaction: its rules' values, its windows of 1, 7 and 30 days, and
what labels had said by then of those who take part in it.

A label counts from `delay` after its transaction, and never for the transaction itself.
"""

import numpy as np
import numpy.typing as npt

from core.events import Bilingual
from pipelines.fraud import own_history, trailing
from pipelines.fraud.trailing import Numbers, between
from pipelines.fraud.transactions import DAY, RULES, Transactions

WINDOWS = (1, 7, 30)
_HOUR = DAY // 24
# So many labelled transactions at the general rate are taken for granted beside those seen.
_PRIOR = 2.0
_LARGE = 1.7  # one in fifty of the amounts before


def _names() -> dict[str, Bilingual]:
    found = {rule.key: rule.title for rule in RULES}
    found |= {
        "amount": Bilingual("Сумма", "The amount"),
        "amount_tail": Bilingual(
            "Сумма, если она среди самых больших", "The amount, if it is among the largest"
        ),
        "hour": Bilingual("Час суток", "The hour of the day"),
        "weekday": Bilingual("День недели", "The day of the week"),
        "gap": Bilingual("Время с прошлой операции", "The time since the last transaction"),
        "above_largest": Bilingual(
            "Больше самой большой из последних сумм", "Above the largest of the last amounts"
        ),
        "pair": Bilingual("Знакомство с получателем", "How well both sides know each other"),
        "counterparty_amount": Bilingual(
            "Сумма против обычной у получателя", "The amount against the counterparty's usual"
        ),
    }
    for days in WINDOWS:
        ru, en = f"за {days} дн.", f"in {days} d"
        found |= {
            f"count_{days}d": Bilingual(f"Операции {ru}", f"Transactions {en}"),
            f"amount_ratio_{days}d": Bilingual(
                f"Сумма к средней {ru}", f"The amount against the mean {en}"
            ),
            f"counterparty_count_{days}d": Bilingual(
                f"Операции получателя {ru}", f"The counterparty's transactions {en}"
            ),
            f"counterparty_risk_{days}d": Bilingual(
                f"Доля мошенничества у получателя {ru}, как было известно",
                f"The counterparty's share of fraud {en}, as known then",
            ),
            f"entity_risk_{days}d": Bilingual(
                f"Доля мошенничества у плательщика {ru}, как было известно",
                f"The entity's share of fraud {en}, as known then",
            ),
            f"counterparty_frauds_{days}d": Bilingual(
                f"Мошенничества у получателя {ru}, как было известно",
                f"The counterparty's frauds {en}, as known then",
            ),
            f"entity_frauds_{days}d": Bilingual(
                f"Мошенничества плательщика {ru}, как было известно",
                f"The entity's frauds {en}, as known then",
            ),
        }
    return found


NAMES = _names()


def features(
    known: Transactions, measured: dict[str, Numbers], label: Numbers, delay: int
) -> npt.NDArray[np.float32]:
    """A column for each of `NAMES`; rows as in `known`.

    `label` is 1, 0 or NaN where there is none; `delay` in microseconds.
    """
    columns = dict(measured)
    columns["amount"] = np.log1p(np.abs(known.amount))
    # Missing among ordinary ones, so that the model's bins tell the largest amounts apart.
    is_large = measured["large_amount"] >= _LARGE
    columns["amount_tail"] = np.where(is_large, columns["amount"], np.nan)
    columns["hour"] = known.at % DAY / _HOUR
    columns["weekday"] = (known.at // DAY + 3) % 7  # 1970 began on a Thursday
    is_first = known.first == np.arange(len(known.at))
    columns["gap"] = np.where(is_first, np.nan, np.log1p(np.maximum(known.gap, 0)))
    columns["above_largest"] = own_history.outliers(known.first, known.amount)[1]
    columns |= _amounts(known) | _risks(known, label, delay)
    return np.column_stack([columns[name].astype(np.float32) for name in NAMES])


def _amounts(known: Transactions) -> dict[str, Numbers]:
    columns: dict[str, Numbers] = {}
    amount = np.abs(known.amount)
    sums = known.by_entity.cumulated(amount)
    of_counterparty = known.by_counterparty.cumulated(amount)
    for days in WINDOWS:
        bounds = known.by_entity.bounds(days * DAY)
        count = (bounds[1] - bounds[0]).astype(float)
        columns[f"count_{days}d"] = count
        columns[f"amount_ratio_{days}d"] = amount / np.maximum(between(sums, bounds) / count, 1e-9)
        bounds = known.by_counterparty.bounds(days * DAY)
        seen = np.where(known.has_counterparty, bounds[1] - bounds[0], np.nan)
        columns[f"counterparty_count_{days}d"] = seen
    mean = between(of_counterparty, bounds) / np.maximum(bounds[1] - bounds[0], 1)
    columns["counterparty_amount"] = np.where(
        known.has_counterparty, amount / np.maximum(mean, 1e-9), np.nan
    )
    _, pair = np.unique(
        known.entity * (known.counterparty.max(initial=0) + 1) + known.counterparty,
        return_inverse=True,
    )
    met = trailing.Windows(known.clock, pair).rows(WINDOWS[-1] * DAY)
    columns["pair"] = np.where(known.has_counterparty, met, np.nan)
    return columns


def _general_rate(
    known: Transactions, fraud: Numbers, is_labelled: npt.NDArray[np.bool_], delay: int
) -> Numbers:
    """The share of frauds among all that was labelled before the delay."""
    everybody = trailing.Windows(known.clock, np.zeros_like(known.entity))
    bounds = everybody.bounds(10_000 * DAY, delay)
    labelled = between(everybody.cumulated(is_labelled), bounds)
    return between(everybody.cumulated(fraud), bounds) / np.maximum(labelled, 1)


def _risks(known: Transactions, label: Numbers, delay: int) -> dict[str, Numbers]:
    """Frauds and their share within each window before the delay, drawn to the general rate while
    little is known."""
    columns: dict[str, Numbers] = {}
    is_labelled = np.isfinite(label)
    fraud = np.where(is_labelled, label, 0.0)
    rate = _general_rate(known, fraud, is_labelled, delay)
    for name, side in (("entity", known.by_entity), ("counterparty", known.by_counterparty)):
        frauds, labelled = side.cumulated(fraud), side.cumulated(is_labelled)
        for days in WINDOWS:
            bounds = side.bounds(days * DAY + delay, delay)
            found, of = between(frauds, bounds), between(labelled, bounds)
            columns[f"{name}_frauds_{days}d"] = found
            columns[f"{name}_risk_{days}d"] = (found + _PRIOR * rate) / (of + _PRIOR)
    return columns
