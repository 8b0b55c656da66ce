"""Where links are used from, and what is odd about it: too many places within a day, or two that
are farther apart than anybody travels in the time between."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import TypeAlias

from core.postgres import Connection
from core.shop.access_alerts import Alert, raise_alert

_EARTH_KM = 6371.0088  # the mean radius, by IUGG
Key: TypeAlias = tuple[int, str, str, str]  # link, network, country, program


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the Earth's surface between two points of (latitude, longitude) in degrees: the
    haversine formula."""
    (a, b), (c, d) = (tuple(map(radians, point)) for point in (one, other))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, half)))


def speed_kmh(kilometres: float, hours: float) -> float:
    """How fast somebody travelled; two requests of one second count as a second apart."""
    return kilometres / max(hours, 1 / 3600)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A link was used from somewhere; the point is (latitude, longitude) in degrees."""

    link_id: int
    at: datetime
    network: str
    country: str
    agent: str
    point: tuple[float, float] | None = None

    @property
    def key(self) -> Key:
        return self.link_id, self.network, self.country, self.agent


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a link's use is unusual: so many networks, countries or programs within a day;
    this speed over at least this distance."""

    places: int
    speed_kmh: float
    distance_km: float


def travels(
    limits: Limits,
    known: Sequence[Sighting],
    new: Sequence[Sighting],
    accepted: Collection[Key] = (),
) -> list[Alert]:
    """One alert for a link whose uses are farther apart than anybody travels in the time between,
    for the fastest of them; not between two places that its owner has accepted, and only on
    arrival: whoever stays has not travelled again."""
    fastest: dict[int, Alert] = {}
    seen: dict[int, dict[Key, Sighting]] = {}
    for sighting in sorted(known, key=lambda each: each.at):
        seen.setdefault(sighting.link_id, {})[sighting.key] = sighting
    for sighting in sorted(new, key=lambda each: each.at):
        others = seen.setdefault(sighting.link_id, {})
        before_here = others.get(sighting.key)
        for other in others.values():
            if sighting.key in accepted and other.key in accepted:
                continue
            if before_here is not None and other.at <= before_here.at:
                continue
            alert = _journey(limits, other, sighting)
            before = fastest.get(sighting.link_id)
            if alert is not None and (before is None or alert.value > before.value):
                fastest[sighting.link_id] = alert
        others[sighting.key] = sighting
    return list(fastest.values())


def _journey(limits: Limits, one: Sighting, other: Sighting) -> Alert | None:
    if one.point is None or other.point is None:
        return None
    kilometres = distance_km(one.point, other.point)
    hours = abs((other.at - one.at).total_seconds()) / 3600
    speed = speed_kmh(kilometres, hours)
    if kilometres < limits.distance_km or speed <= limits.speed_kmh:
        return None
    details = {
        "kilometres": round(kilometres),
        "minutes": round(hours * 60, 1),
        "countries": [one.country, other.country],
        "networks": [one.network, other.network],
    }
    return Alert("travel", round(speed), limits.speed_kmh, other.link_id, details=details)


def crowds(limits: Limits, used: Sequence[Sighting]) -> list[Alert]:
    """One alert for a link that was used from too many networks, countries or programs; `used` is
    of a day, without what its owner has accepted."""
    found = []
    for link_id in sorted({each.link_id for each in used}):
        own = [each for each in used if each.link_id == link_id]
        distinct = {
            "networks": sorted({each.network for each in own} - {""}),
            "countries": sorted({each.country for each in own} - {""}),
            "agents": sorted({each.agent for each in own} - {""}),
        }
        most = max(map(len, distinct.values()))
        if most >= limits.places:
            shown = {name: values[:20] for name, values in distinct.items()}
            found.append(Alert("places", most, limits.places, link_id, details=shown))
    return found


_NEAR = """
SELECT link_id, network, country, agent, latitude, longitude, last_at, accepted_at
FROM link_places WHERE link_id = ANY($1::bigint[]) AND last_at > now() - interval '1 day'
"""
_SEEN = """
INSERT INTO link_places AS p (link_id, network, country, agent, latitude, longitude, first_at,
    last_at)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[],
    $7::timestamptz[], $7::timestamptz[])
ORDER BY 1, 2, 3, 4
ON CONFLICT (link_id, network, country, agent) DO UPDATE
SET last_at = greatest(p.last_at, EXCLUDED.last_at), latitude = EXCLUDED.latitude,
    longitude = EXCLUDED.longitude
"""


async def note(connection: Connection, limits: Limits, sightings: Sequence[Sighting]) -> None:
    """Notes where links were used, and raises an alert for what is unusual about it."""
    latest: dict[Key, Sighting] = {}
    for each in sorted(sightings, key=lambda each: each.at):
        latest[each.key] = each
    if not latest:
        return
    link_ids = sorted({each.link_id for each in latest.values()})
    known = {
        Sighting(
            row["link_id"],
            row["last_at"],
            row["network"],
            row["country"],
            row["agent"],
            None if row["latitude"] is None else (row["latitude"], row["longitude"]),
        ): row["accepted_at"] is not None
        for row in await connection.fetch(_NEAR, link_ids)
    }
    accepted = {each.key for each, is_accepted in known.items() if is_accepted}
    rows = [(*each.key, *(each.point or (None, None)), each.at) for each in latest.values()]
    await connection.execute(_SEEN, *map(list, zip(*rows, strict=True)))
    odd = travels(limits, list(known), sightings, accepted)
    if not latest.keys() <= {each.key for each in known}:
        used = {each.key: each for each in [*known, *latest.values()] if each.key not in accepted}
        odd += crowds(limits, list(used.values()))
    for alert in odd:
        await raise_alert(connection, alert)
