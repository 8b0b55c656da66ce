"""Server salts: each is good for an hour, a new one begins every half hour.

They follow from the key and a seed, so nothing but the seed is stored.

Source: https://core.telegram.org/mtproto/service_messages#request-for-several-future-salts
"""

import time
from hashlib import sha256

PERIOD_SECONDS = 1800
PERIODS_VALID = 2
MAX_FUTURE_SALTS = 64


def _salt(seed: int, period: int) -> int:
    data = seed.to_bytes(8, "little", signed=True) + period.to_bytes(8, "little")
    return int.from_bytes(sha256(data).digest()[:8], "little", signed=True)


class Salts:
    """The salts of one auth key; a new seed invalidates all earlier ones."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._period = -1
        self._valid: tuple[int, ...] = ()

    def _refresh(self) -> None:
        period = int(time.time()) // PERIOD_SECONDS
        if period != self._period:
            self._period = period
            self._valid = tuple(_salt(self._seed, period - age) for age in range(PERIODS_VALID))

    @property
    def current(self) -> int:
        self._refresh()
        return self._valid[0]

    def accepts(self, salt: int) -> bool:
        self._refresh()
        return salt in self._valid

    def future(self, count: int) -> list[tuple[int, int, int]]:
        """The coming salts, the present one first: (valid since, valid until, salt)."""
        self._refresh()
        starts = range(self._period, self._period + min(max(count, 1), MAX_FUTURE_SALTS))
        return [
            (
                each * PERIOD_SECONDS,
                (each + PERIODS_VALID) * PERIOD_SECONDS,
                _salt(self._seed, each),
            )
            for each in starts
        ]
