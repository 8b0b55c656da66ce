"""The intake's commands: keys as an operator makes them, and the service as a process."""

import asyncio
import os
import signal
import sys

import httpx

from core.postgres import Connection
from local import ports, readiness
from tests import patience
from tests.cli.running import vitrina
from tests.factories import create_shop
from tests.ingestion.intake.conftest import event
from tests.ingestion.rows import until


async def test_a_key_of_the_command_writes_to_the_service_until_revoked(
    environment: dict[str, str], connection: Connection
) -> None:
    shop = str((await create_shop(connection)).id)
    made = vitrina(environment, "writekey", "create", "--shop", shop, "--label", "site")
    secret = made.stdout.strip()
    assert made.returncode == 0 and secret.startswith("vtw_")
    listed = vitrina(environment, "writekey", "list", "--shop", shop).stdout
    assert "site" in listed and secret[-4:] in listed and secret not in listed

    port, health = ports.free_port(), ports.free_port()
    variables = {"VITRINA_INTAKE_PORT": str(port), "VITRINA_HEALTH_PORT": str(health)}
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "intake", env=os.environ | environment | variables
    )
    try:
        await until(lambda: readiness.http_ok(f"http://127.0.0.1:{health}/ready"))
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=patience.SECONDS, verify=False
        ) as client:

            async def send() -> int:
                answer = await client.post(
                    "/v1/events",
                    json={"events": [event()]},
                    headers={"authorization": f"Bearer {secret}"},
                )
                return answer.status_code

            assert await send() == 202
            number = listed.split()[0]
            assert (
                vitrina(environment, "writekey", "revoke", "--shop", shop, number).returncode == 0
            )
            assert await send() == 401
        service.send_signal(signal.SIGTERM)
        assert await service.wait() == 0
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 1
    missing = vitrina(environment, "writekey", "create", "--shop", "999")
    assert missing.returncode == 1 and "no shop 999" in missing.stderr
