"""Which worker runs which bot: decided by measured work, and seldom changed.

Every worker decides for itself, from the same rows; the leases settle what they disagree about.
Loads are in cores. An idle bot counts as `IDLE`, so that bots without work are shared by number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

IDLE = 0.002  # cores: the cost of its pings, probes and memory
MOST_BOTS = 500
# after this time a free bot may be taken by anybody: the worker that should take it does not
PATIENCE_SECONDS = 1.0
STAY_SECONDS = 60.0  # a bot moved for balance is not moved again before
STEADY_BEATS = 2  # heartbeats in a row that must see the imbalance
_GAP = 0.2  # share of the heavier worker's load: a smaller difference is balanced enough
_GAIN = 1.5  # a bot moves only if the difference is this many times its load
_HALF_LIFE = 15.0  # seconds
_MOVES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Free:
    """A bot without a worker, and for how many seconds."""

    bot_id: int
    load: float
    heir: str | None
    seconds: float


def choose(
    free: Sequence[Free], loads: Mapping[str, float], worker: str, *, room: int
) -> list[int]:
    """The free bots that this worker takes now, at most `room`.

    Each goes to its heir, otherwise to the worker with the least load; the heaviest are given out
    first. `loads` has every worker that takes bots.
    """
    planned = dict(loads)
    mine: list[int] = []
    for bot in sorted(free, key=lambda bot: (-bot.load, bot.bot_id)):
        if bot.heir in planned and bot.seconds < PATIENCE_SECONDS:
            taker = bot.heir
        else:
            taker = _least(planned) if planned else worker
        planned[taker] = planned.get(taker, 0.0) + bot.load
        if taker == worker or bot.seconds >= PATIENCE_SECONDS:
            mine.append(bot.bot_id)
    return mine[: max(0, room)]


def spread(bots: Mapping[int, float], loads: Mapping[str, float]) -> dict[int, str]:
    """An heir for each bot of a worker that leaves; `loads` are those of the workers that stay."""
    planned = dict(loads)
    heirs: dict[int, str] = {}
    for bot_id, load in sorted(bots.items(), key=lambda item: (-item[1], item[0])):
        if not planned:
            break
        heirs[bot_id] = _least(planned)
        planned[heirs[bot_id]] += load
    return heirs


def moves(loads: Mapping[str, float], bots: Mapping[int, float], worker: str) -> dict[int, str]:
    """Which of this worker's bots should go where; `bots` are those that may be moved.

    What a worker carries above the mean it gives to those below it, each of the givers its part
    of what they lack: so nobody crosses the mean, however many give at once. Where no bot is light
    enough for that, the heaviest worker gives one to the lightest that leaves the two nearer to
    each other: no bot that has moved so would be moved back by the same loads.
    """
    heaviest = max(loads, key=lambda name: (loads[name], name))
    lightest = _least(loads)
    gap = loads[heaviest] - loads[lightest]
    if worker not in loads or gap < _GAP * loads[heaviest]:
        return {}
    chosen = _share_out(loads, bots, worker)
    if not chosen and worker == heaviest:
        fitting = [bot_id for bot_id, load in bots.items() if _GAIN * load <= gap]
        if fitting:
            best = min(fitting, key=lambda bot_id: (abs(gap - 2 * bots[bot_id]), bot_id))
            chosen[best] = lightest
    return chosen


def _share_out(
    loads: Mapping[str, float], bots: Mapping[int, float], worker: str
) -> dict[int, str]:
    mean = sum(loads.values()) / len(loads)
    above = sum(max(0.0, load - mean) for load in loads.values())
    if loads[worker] <= mean:
        return {}
    mine = (loads[worker] - mean) / above
    lacking = {name: mine * (mean - load) for name, load in loads.items() if load < mean}
    chosen: dict[int, str] = {}
    for bot_id, load in sorted(bots.items(), key=lambda item: (-item[1], item[0])):
        heir = max(lacking, key=lambda name: (lacking[name], name))
        if load <= lacking[heir] and len(chosen) < max(_MOVES_AT_ONCE, len(bots) // 10):
            chosen[bot_id] = heir
            lacking[heir] -= load
    return chosen


def _least(loads: Mapping[str, float]) -> str:
    return min(loads, key=lambda name: (loads[name], name))


@dataclass(slots=True)
class Steadiness:
    """An imbalance counts once it has lasted for several heartbeats."""

    seen: int = 0

    def confirms(self, chosen: Mapping[int, str]) -> bool:
        """Of this heartbeat's decision: whether it may be carried out."""
        self.seen = self.seen + 1 if chosen else 0
        return self.seen >= STEADY_BEATS


@dataclass(slots=True)
class Estimate:
    """A bot's measured work, smoothed; `load` in cores, `rate` in updates a second."""

    load: float = IDLE
    rate: float = 0.0
    _updates: int = field(default=0, repr=False)
    _busy: float = field(default=0.0, repr=False)

    def busy_since(self, busy: float) -> float:
        """Seconds of handling since the last `observe`."""
        return busy - self._busy

    def observe(self, updates: int, busy: float, *, cpu: float, seconds: float) -> None:
        """Takes in the meter's counts after `seconds`; `cpu` is the bot's part of the process's
        processor time, in cores."""
        keep = 0.5 ** (seconds / _HALF_LIFE)
        rate = (updates - self._updates) / seconds
        self.rate = keep * self.rate + (1 - keep) * rate
        self.load = max(IDLE, keep * self.load + (1 - keep) * (IDLE + cpu))
        self._updates, self._busy = updates, busy
