"""The real PgBouncer before a test's PostgreSQL, in session mode."""

import contextlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from core.postgres import wait_until_up
from local import leash, ports
from tests import patience
from tests.ops.programs import program

_USER = "nobody"  # PgBouncer refuses root
_SETTINGS = """
[databases]
* = host=127.0.0.1 port={server.port} user={server.username} password={server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = {servers}
max_client_conn = 100
"""


@contextlib.asynccontextmanager
async def pooling(database_url: str, *, servers: int = 60) -> AsyncIterator[str]:
    """The URL of the same database through a PgBouncer with so many connections to it."""
    pgbouncer = program("pgbouncer", "make pgbouncer as root")
    server, port = urlsplit(database_url), ports.free_port()
    with tempfile.TemporaryDirectory(prefix="vitrina-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=server, port=port, servers=servers), "utf-8")
        command = leash.leashed([pgbouncer, str(settings)])
        if os.geteuid() == 0:
            account = pwd.getpwnam(_USER)
            for path in (folder, settings):
                os.chown(path, account.pw_uid, account.pw_gid)
            ids = f"--reuid={account.pw_uid} --regid={account.pw_gid}".split()
            command = [
                "setpriv",
                *ids,
                "--clear-groups",
                "--pdeathsig=TERM",
                pgbouncer,
                command[-1],
            ]
        with (Path(folder) / "console").open("wb") as console:
            process = subprocess.Popen(command, stdout=console, stderr=console)
        try:
            url = urlunsplit(server._replace(netloc=f"{server.username}:x@127.0.0.1:{port}"))
            await wait_until_up(url, seconds=patience.SECONDS)
            yield url
        finally:
            process.kill()  # it would wait for its clients
            process.wait(patience.SECONDS)
