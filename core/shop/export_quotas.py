"""How much an owner may export a day: jobs, rows, bytes. Links that a bot handed out count as the
one that their chat was bound by."""

from dataclasses import dataclass
from typing import Literal

from core.errors import VitrinaError
from core.events import Bilingual
from core.postgres import Connection
from core.shop import access

_FAMILY = """
WITH family AS (
    SELECT id FROM access_links WHERE id = $1 OR (origin = 'bot' AND made_by = $1)
)
"""
_USED = f"""
{_FAMILY}
SELECT
    (SELECT count(*) FROM export_jobs WHERE link_id IN (SELECT id FROM family)
        AND created_at > now() - interval '1 day') AS jobs,
    written.rows, written.bytes + (SELECT coalesce(sum(size_bytes), 0)::bigint FROM export_runs
        WHERE link_id IN (SELECT id FROM family) AND started_at > now() - interval '1 day'
        AND id NOT IN (SELECT run_id FROM export_jobs WHERE run_id IS NOT NULL)) AS bytes
FROM (
    SELECT coalesce(sum(f.rows), 0)::bigint AS rows, coalesce(sum(f.size_bytes), 0)::bigint AS bytes
    FROM export_job_files AS f JOIN export_jobs AS j ON j.id = f.job_id
    WHERE j.link_id IN (SELECT id FROM family) AND f.written_at > now() - interval '1 day'
) AS written
"""
_WORDS: dict[str, Bilingual] = {
    "jobs": Bilingual("выгрузок заданием", "jobs"),
    "rows": Bilingual("строк", "rows"),
    "bytes": Bilingual("байт", "bytes"),
}


@dataclass(frozen=True, slots=True)
class Quotas:
    """The most of each within 24 hours."""

    jobs: int
    rows: int
    bytes: int


class QuotaExceeded(VitrinaError):
    """As much as one owner may export within 24 hours has been exported."""

    code = "export_quota_exceeded"
    status = 429

    def __init__(self, what: Literal["jobs", "rows", "bytes"], most: int) -> None:
        words = _WORDS[what]
        super().__init__(
            f"{most} {words.en} within 24 hours are the most that you may export: wait until "
            "earlier exports are older, or ask whoever runs this machine for more"
        )
        self.explained = Bilingual(
            f"За 24 часа можно выгрузить не больше {most} {words.ru}: подождите или попросите "
            "того, кто обслуживает сервер, поднять предел.",
            f"At most {most} {words.en} may be exported within 24 hours: wait, or ask whoever runs "
            "this machine for more.",
        )
        self.retry_after = 3600


async def check(connection: Connection, link_id: int, quotas: Quotas, *, new_jobs: int = 0) -> None:
    """Raises QuotaExceeded if the link's owner has no more today, `new_jobs` included."""
    used = await connection.fetchrow(_USED, await access.lasting_link(connection, link_id))
    assert used is not None  # an aggregate
    if used["jobs"] + new_jobs > quotas.jobs:
        raise QuotaExceeded("jobs", quotas.jobs)
    if used["rows"] >= quotas.rows:
        raise QuotaExceeded("rows", quotas.rows)
    if used["bytes"] >= quotas.bytes:
        raise QuotaExceeded("bytes", quotas.bytes)
