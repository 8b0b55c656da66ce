"""The worker: leases, one client a bot, sessions in PostgreSQL, dispatch, durable sending."""
