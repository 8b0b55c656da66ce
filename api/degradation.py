"""What of the platform is away or behind, and what of the panel still works meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from api.problems import STORE_ERRORS
from api.reader import Reader
from core.events import Bilingual

# So long an answer is kept, for all who ask.
KEEP_SECONDS = 5.0
_ANSWER_SECONDS = 3.0
# The daily tables are computed hourly at the latest while events arrive.
LATE = timedelta(hours=2, minutes=15)
_DAYS = 2

_STATE = """
SELECT
    (SELECT maxOrNull(recorded_at) FROM events
        WHERE occurred_at >= now() - toIntervalDay({days:UInt8})) AS arrived_at,
    (SELECT maxOrNull(modification_time) FROM system.parts
        WHERE database = currentDatabase() AND table = 'shop_kpi_day' AND active) AS computed_at,
    (SELECT minOrNull(recorded_at) FROM events
        WHERE occurred_at >= now() - toIntervalDay({days:UInt8})) AS first_at
"""
_FIGURES_AWAY = Bilingual(
    "Хранилище показателей недоступно: показателей, лент событий и выгрузок сейчас нет. Магазины, "
    "боты, заказы, каталог и покупатели работают; события ждут и будут посчитаны.",
    "The figures' store is away: no figures, event feeds and exports now. Shops, bots, orders, the "
    "catalogue and customers work; events wait and will be counted.",
)
_PIPELINES_LATE = Bilingual(
    "Дневные таблицы давно не пересчитывались: расчёты остановлены или отстают. Живые показатели "
    "точны; сегменты, когорты, оценки мошенничества и дневные показатели — на указанный момент.",
    "The daily tables have not been computed for long: the pipelines are away or behind. Live "
    "figures are exact; segments, cohorts, fraud scores and daily figures are as of the moment "
    "given.",
)


class Part(BaseModel):
    """A part that is not as it should be; `as_of` is when it last was, if that is known."""

    part: Literal["figures", "pipelines"]
    state: Literal["away", "late"]
    as_of: datetime | None = None
    explained: dict[str, str]


class Status(BaseModel):
    """`degraded` if the panel works in a reduced way; `parts` say why, and what still works.
    `computed_at`: when the daily tables were computed last; null before the first time, and while
    the figures' store is away."""

    checked_at: datetime
    computed_at: datetime | None
    degraded: bool
    parts: list[Part]


class Degradation:
    """Looks when it is asked, at most every KEEP_SECONDS for all who ask."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._status: Status | None = None

    async def status(self) -> Status:
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if self._status is None or clock() >= self._looked_at + KEEP_SECONDS:
                parts, computed = await self._look()
                self._status = Status(
                    checked_at=datetime.now(UTC),
                    computed_at=computed,
                    degraded=bool(parts),
                    parts=parts,
                )
                self._looked_at = clock()
            return self._status

    async def _look(self) -> tuple[list[Part], datetime | None]:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                (row,) = await self._reader.rows(_STATE, {"days": _DAYS})
        except STORE_ERRORS:
            return [Part(part="figures", state="away", explained=_both(_FIGURES_AWAY))], None
        moments = (row["first_at"], row["arrived_at"], row["computed_at"])
        first, arrived, computed = (_utc(each) for each in moments)
        if not is_late(first, arrived, computed):
            return [], computed
        words = _both(_PIPELINES_LATE)
        return [Part(part="pipelines", state="late", as_of=computed, explained=words)], computed


def is_late(first: datetime | None, arrived: datetime | None, computed: datetime | None) -> bool:
    """Whether events have waited too long to be computed: from the `first` to the last that
    `arrived`, since the tables were `computed`."""
    if first is None or arrived is None:
        return False
    return arrived - (first if computed is None else computed) > LATE


def _both(words: Bilingual) -> dict[str, str]:
    return {"ru": words.ru, "en": words.en}


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
