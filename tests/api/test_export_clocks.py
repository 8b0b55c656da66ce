"""The clocks by which times of an export are written."""

import json
from datetime import UTC, datetime

from api.exporting import clocks
from core.shop.shops import Shop


def test_a_clock_of_long_ago_is_that_of_its_time() -> None:
    """Imported orders may be older than the shop: Moscow's clock has changed three times."""
    shop = Shop(id=1, name="Чай", timezone="Europe/Moscow", retention_days=730)
    parameters = clocks.clock_parameters([shop])
    since, offsets = (json.loads(parameters[f"clock_{name}0"]) for name in ("since", "offsets"))

    def hours(moment: datetime) -> float:
        place = max(n for n, begin in enumerate(since) if begin <= moment.timestamp())
        return offsets[place] / 3600  # type: ignore[no-any-return]  # of JSON

    moments = [datetime(year, 7, 1, tzinfo=UTC) for year in (2005, 2012, 2020)]
    assert [hours(moment) for moment in moments] == [4, 4, 3]
    assert hours(datetime(2005, 1, 1, tzinfo=UTC)) == 3
