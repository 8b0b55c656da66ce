"""An owner who reads and writes in the panel without a pause, whichever version answers."""

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp

from core.postgres import Pool
from simulator import demo
from tests import patience

_SHOP = 1
# Those of before `/api/v1` are known to both versions: the later one sends on.
_READS = (
    "/api/me",
    f"/api/overview?shops={_SHOP}&period=today",
    f"/api/v1/shops/{_SHOP}/products",
    f"/api/v1/bots/{demo.FIRST_ID}/modules/orders/orders",
    f"/api/v1/shops/{_SHOP}/customers",
)
_PAUSE = 0.1
_NOBODY_THERE = (502, 504)  # Nginx's own words


@dataclass
class Visits:
    """What became of the requests. `saved`: products by title that the API said to have; `phase`:
    which versions meet, to count them by. `refused_for`: the longest time in which nobody was
    there for any request, in seconds, by the phase in which it ended."""

    phase: str
    answered: Counter[str] = field(default_factory=Counter)
    away: int = 0
    meant: set[str] = field(default_factory=set)
    saved: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    refused_for: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    refused_since: float | None = None

    def note_refused(self, began: float) -> None:
        """A request of that moment found nobody."""
        self.away += 1
        self.refused_since = began if self.refused_since is None else self.refused_since

    def note_there(self) -> None:
        """A request was answered, well or not."""
        if self.refused_since is not None:
            lasted = time.monotonic() - self.refused_since
            self.refused_for[self.phase] = max(self.refused_for[self.phase], lasted)
            self.refused_since = None

    async def check(self, pool: Pool) -> None:
        """Raises AssertionError if a request has failed by the API's fault, in some phase none was
        answered, or something saved is lost or there twice."""
        assert not self.faults, self.faults
        rows = await pool.fetch("SELECT title FROM products WHERE title LIKE 'chaos %'")
        found = Counter(row["title"] for row in rows)
        assert self.saved and not self.saved - found.keys(), "products that were saved are lost"
        assert not found.keys() - self.meant, "products that nobody wrote"
        assert max(found.values()) == 1, "a product is there twice"


@contextlib.asynccontextmanager
async def visiting(panel: str, link: str, phase: str) -> AsyncIterator[Visits]:
    """While the context lasts; `panel` is its address, `link` a secret link's path, as
    `vitrina link create` prints it."""
    visits = Visits(phase)
    jar = aiohttp.CookieJar(unsafe=True)  # an address in place of a name
    timeout = aiohttp.ClientTimeout(total=patience.SECONDS)
    async with aiohttp.ClientSession(panel, cookie_jar=jar, timeout=timeout) as session:
        token = link.partition("/enter#")[2].strip()
        async with session.post("/api/enter", json={"token": token}) as answer:
            assert answer.status == 204, await answer.text()
        task = asyncio.create_task(_visit(session, visits))
        try:
            yield visits
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _visit(session: aiohttp.ClientSession, visits: Visits) -> None:
    while True:
        for path in _READS:
            await _ask(session, visits, "GET", path)
            await asyncio.sleep(_PAUSE)
        title = f"chaos {len(visits.meant) + 1}"
        visits.meant.add(title)
        draft = {"title": title, "price_minor": 100, "currency": "XTR", "is_hidden": True}
        path = f"/api/v1/shops/{_SHOP}/products"
        if await _ask(session, visits, "POST", path, draft) == 201:
            visits.saved.add(title)


async def _ask(
    session: aiohttp.ClientSession,
    visits: Visits,
    method: str,
    path: str,
    body: dict[str, object] | None = None,
) -> int:
    """The status; 0 if nobody was there who could answer."""
    phase, began = visits.phase, time.monotonic()
    try:
        async with session.request(method, path, json=body) as answer:
            await answer.read()
            status = answer.status
            # The version that comes sends on to an address that the one that goes does not know.
            is_lost = status in _NOBODY_THERE or (status == 404 and bool(answer.history))
    except (aiohttp.ClientError, TimeoutError):
        status, is_lost = 0, True
    if is_lost:
        visits.note_refused(began)
        return 0
    visits.note_there()
    if status < 300:
        visits.answered[phase] += 1
    else:
        visits.faults[f"{phase}: {method} {path} {status}"] += 1
    return status
