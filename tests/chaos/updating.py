"""A town goes over to this version while people shop, as `ops/update.sh` does it."""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator

from local import ports
from tests.chaos import town, versions, visitor
from tests.chaos.town import Service, Town
from tests.ops import availability, proxied

# The addresses that a service's name has, as Docker tells Nginx.
_BOTH = """
upstream both {{ server 127.0.0.1:{} max_fails=0; server 127.0.0.1:{} max_fails=0; }}
map "" $api {{ default http://both; }}
map "" $intake {{ default http://both; }}
map "" $exported_files {{ default {}/; }}
"""
_REPLACED = "both versions"


async def update(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """The stores get this version's schema below the previous version's services, which go on with
    it, also after one has died; then each in turn is replaced by this version's. An owner reads and
    writes in the panel the whole time, through Nginx; the new API comes beside the old one."""
    assert there.previous is not None
    told = await versions.run_in(there.previous, there.settings, "-m", "cli", "link", "create")
    updated = there.updated()
    next_port = ports.free_port()
    with _doorway(there, next_port) as panel:
        async with visitor.visiting(panel, told, "before") as visits:
            await asyncio.sleep(arguments.every)
            migrations = await town.bring_up_to_date(there.settings)
            visits.phase = "the version before on the new schema"
            await asyncio.sleep(arguments.every)
            for service in updated:
                service.kill()
                await service.start()
            await asyncio.sleep(arguments.every)
            visits.phase = _REPLACED
            now = [await _replace(there, service, next_port, arguments) for service in updated]
            visits.phase = "this version"
            await asyncio.sleep(arguments.every / 4)
    revived = [await service.revive() for service in now]
    await visits.check(there.pool)
    assert len(visits.answered) == 4 and migrations, visits
    refused_for = visits.refused_for[_REPLACED]
    assert refused_for <= availability.LONGEST, f"the panel refused all for {refused_for:.1f} s"
    return {
        "migrations": migrations,
        "services updated": len(updated),
        "services that had found no store": sum(revived),
        "requests while no API was there": visits.away,
        "milliseconds of refusing while all were replaced": round(refused_for * 1000),
        "products saved in the panel": len(visits.saved),
    } | {f"answered, {phase}": number for phase, number in visits.answered.items()}


async def _replace(
    there: Town, service: Service, next_port: int, arguments: argparse.Namespace
) -> Service:
    """This version's in place of the service; of the API it is there before the old one ends."""
    if service.name == "api":
        now = town.add_api(there, "next-api", next_port)
        await now.start()
        await service.end()
    else:
        now = service
        await service.end()
        service.folder = None
        await service.start()
    await asyncio.sleep(arguments.every / 4)
    return now


@contextlib.contextmanager
def _doorway(there: Town, next_port: int) -> Iterator[str]:
    """The address of Nginx before both APIs, of which one at least is not there yet."""
    exports = there.folder / "exports"
    upstreams = _BOTH.format(there.api_port, next_port, exports)
    folder = there.folder / "nginx"
    files = {"upstreams.conf": upstreams}
    with proxied.proxying(folder, there.api_port, files) as proxy:
        yield f"http://127.0.0.1:{proxy.port}"
