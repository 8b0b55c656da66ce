"""The pool's connections: what they keep."""

from core.postgres import Pool


async def test_a_connection_keeps_all_statements_of_a_worker_prepared(pool: Pool) -> None:
    asked = 240  # a worker with every module on has been seen to ask 224
    async with pool.acquire() as connection:
        for _ in range(2):
            for number in range(asked):
                assert await connection.fetchval(f"SELECT {number}") == number
        kept = await connection.fetchval(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ '^SELECT [0-9]+$' "
            "AND generic_plans + custom_plans = 2"
        )
        assert kept == asked
