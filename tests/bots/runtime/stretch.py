"""What is known of a crowd's stretch of time by whoever runs the shop, the shipper and Telegram."""

import time
from dataclasses import dataclass, field

from cli.crowd_metrics import Column
from simulator.crowd.known import Between, Value

# Everybody was answered, the worker was there all the time, Telegram refused nothing, nobody was
# scored.
SOUND: dict[Column, Value] = {
    ("service_hour", "error_share"): 0,
    ("service_hour", "flood_waits"): 0,
    ("service_hour", "uptime"): 1,
    ("health_day", "duplicates"): 0,
    ("health_day", "order_difference"): 0,
    ("health_day", "paid_total_difference_minor"): 0,
    ("health_day", "fraud_share"): 0,
}
# So long Telegram takes with each call, at least: no first answer can be acknowledged sooner.
TELEGRAM_SECONDS = 0.02
_ROUNDED_SECONDS = 1.0  # Telegram's moments are whole seconds


@dataclass(slots=True)
class Stretch:
    """Moments in seconds since 1970: all that people did, and were answered, lies between the first
    two, and was stored between the last two."""

    began: float = field(default_factory=time.time)
    over: float = 0.0
    shipping: float = 0.0
    shipped: float = 0.0

    @property
    def known(self) -> dict[Column, Value]:
        """How well all went, and bounds of what nobody can see from outside."""
        reply = Between(TELEGRAM_SECONDS * 1e6, (self.over - self.began) * 1e6)
        lag = Between(
            (self.shipping - self.over) * 1000,
            (self.shipped - self.began + _ROUNDED_SECONDS) * 1000,
        )
        return {
            **SOUND,
            **{("service_hour", f"reply_{each}_us"): reply for each in ("p50", "p95", "p99")},
            ("health_day", "lag_p95_ms"): lag,
        }
