import asyncio
import json

from tests.cli.running import vitrina


async def test_the_doctor_speaks_to_people_and_to_programs(environment: dict[str, str]) -> None:
    ran = await asyncio.to_thread(vitrina, environment, "doctor")
    assert ran.fault is None and "ok    postgres          version" in ran.stdout, ran.stdout
    ran = await asyncio.to_thread(vitrina, environment, "doctor", "--json")
    found = {each["check"]: each for each in json.loads(ran.stdout)}
    assert found["migrations"]["state"] == "ok"
    worst = max(["ok", "warn", "fail"].index(each["state"]) for each in found.values())
    assert ran.returncode == worst


def test_it_has_no_traceback_while_both_stores_are_away() -> None:
    away = {
        "VITRINA_DATABASE_URL": "postgresql://v:v@127.0.0.1:1/v",
        "VITRINA_CLICKHOUSE_URL": "http://v:v@127.0.0.1:1/v",
    }
    ran = vitrina(away, "doctor")
    assert (ran.returncode, ran.fault) == (2, None)
    assert "fail  postgres" in ran.stdout and "fail  clickhouse" in ran.stdout
    assert "Traceback" not in ran.stderr
