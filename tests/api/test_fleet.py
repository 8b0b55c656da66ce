"""The fleet over HTTP: who runs which bot, and what lags behind."""

from core.postgres import Connection
from tests.api.conftest import Panel
from tests.factories import create_bot, create_shop


async def test_bots_show_their_worker_and_what_waits(panel: Panel, connection: Connection) -> None:
    mine, other = [await create_shop(connection) for _ in range(2)]
    running, idle = [await create_bot(connection, mine) for _ in range(2)]
    await create_bot(connection, other)
    await connection.execute(
        "INSERT INTO workers (name, seen_at, updates_rate, cpu, rss_bytes) "
        "VALUES ('one', now(), 5, 0.5, 1000)"
    )
    await connection.execute(
        "INSERT INTO bot_leases (bot_id, worker, epoch, expires_at, load, is_open) "
        "VALUES ($1, 'one', 1, now() + interval '1 hour', 0.25, true), "
        "($2, 'one', 1, now() - interval '1 hour', 0.5, true)",
        *(running.id, idle.id),
    )
    await connection.execute(
        "INSERT INTO bot_update_states (bot_id, state_id, date) VALUES ($1, 0, 1767225600)",
        running.id,
    )
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message, not_before) "
        "VALUES ($1, 1, 1, 'x', '{}', now()), ($1, 1, 2, 'x', '{}', now() + interval '1 hour')",
        running.id,
    )
    await connection.execute(
        "INSERT INTO module_jobs (bot_id, module, task, due_at, not_before) "
        "VALUES ($1, 'cart', 'remind', now(), now())",
        running.id,
    )
    async with panel.visitor("viewer", [mine.id]) as viewer:
        seen = (await viewer.get("/api/v1/fleet")).json()
        assert seen["workers"] == []
        first, second = seen["bots"]
        assert (first["worker"], first["is_open"], first["load"]) == ("one", True, 0.25)
        assert first["last_update_at"] == "2026-01-01T00:00:00Z"
        assert (first["messages_waiting"], first["jobs_overdue"]) == (1, 1)
        assert first["oldest_message_at"] and first["oldest_job_at"]
        # Its lease has run out: nobody runs it.
        assert (second["worker"], second["is_open"], second["messages_waiting"]) == (None, False, 0)
        assert (await viewer.get("/api/v1/fleet", params={"shops": other.id})).status_code == 404
    async with panel.visitor() as owner:
        seen = (await owner.get("/api/v1/fleet")).json()
        assert len(seen["bots"]) == 3
        (worker,) = seen["workers"]
        assert (worker["name"], worker["bots"], worker["load"]) == ("one", 1, 0.25)
