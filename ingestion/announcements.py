"""Notifies the API's live streams of shops with new events, and not too often for one shop."""

import time

from core.postgres import EVENTS_CHANNEL, Connection

# Seconds between two notifications for one shop: less than small batches are gathered for
# (`gathering`), so that none of them waits a second time.
_INTERVAL = 0.55


class Announcements:
    """Shops that wait to be announced; a notification that would come too soon is kept for
    later."""

    def __init__(self, interval: float = _INTERVAL) -> None:
        self._interval = interval
        self._waiting: set[int] = set()
        self._announced: dict[int, float] = {}

    def add(self, shop_ids: tuple[int, ...]) -> None:
        self._waiting.update(shop_ids)

    def take(self, now: float) -> list[int]:
        """The shops that are due at `now` (monotonic seconds); they count as announced."""
        self._announced = {
            shop_id: at for shop_id, at in self._announced.items() if at > now - self._interval
        }
        due = sorted(self._waiting - self._announced.keys())
        self._waiting.difference_update(due)
        self._announced.update(dict.fromkeys(due, now))
        return due

    async def send(self, connection: Connection) -> None:
        """Sends the notifications that are due."""
        if due := self.take(time.monotonic()):
            await connection.execute(
                "SELECT pg_notify($1, shop_id::text) FROM unnest($2::int[]) AS shop_id",
                EVENTS_CHANNEL,
                due,
            )
