"""An owner who reads and writes in the panel without a pause, whichever version answers."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp

from core.postgres import Pool
from simulator import demo
from tests import patience
from tests.chaos.town import Town

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


@dataclass
class Visits:
    """What became of the requests. `saved`: products by title that the API said to have; `phase`:
    which versions meet, to count them by."""

    phase: str
    answered: Counter[str] = field(default_factory=Counter)
    away: int = 0
    meant: set[str] = field(default_factory=set)
    saved: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)

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
async def visiting(town: Town, link: str, phase: str) -> AsyncIterator[Visits]:
    """While the context lasts; `link` is a secret link's path, as `vitrina link create` prints."""
    visits = Visits(phase)
    jar = aiohttp.CookieJar(unsafe=True)  # an address in place of a name
    timeout = aiohttp.ClientTimeout(total=patience.SECONDS)
    async with aiohttp.ClientSession(town.panel, cookie_jar=jar, timeout=timeout) as session:
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
    """The status; 0 if nobody was there."""
    phase = visits.phase
    try:
        async with session.request(method, path, json=body) as answer:
            await answer.read()
    except (aiohttp.ClientError, TimeoutError):  # the only API is just replaced
        visits.away += 1
        return 0
    if answer.status < 300:
        visits.answered[phase] += 1
    else:
        visits.faults[f"{phase}: {method} {path} {answer.status}"] += 1
    return answer.status
