"""The real PgBouncer before a test's PostgreSQL, in session mode."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from core.postgres import wait_until_up
from local import leash, ports
from tests import patience

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
default_pool_size = 60
max_client_conn = 100
"""


def pgbouncer() -> str:
    """Its program; without one the test is skipped, as `make pgbouncer` has said."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = os.environ.get("VITRINA_PGBOUNCER") or shutil.which("pgbouncer", path=path)
    if not found:
        pytest.skip(
            "PgBouncer is missing: make pgbouncer as root, or name one in VITRINA_PGBOUNCER"
        )
    return found


@contextlib.asynccontextmanager
async def pooling(database_url: str) -> AsyncIterator[str]:
    """The URL of the same database through a PgBouncer."""
    program, server, port = pgbouncer(), urlsplit(database_url), ports.free_port()
    with tempfile.TemporaryDirectory(prefix="vitrina-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=server, port=port), "utf-8")
        command = leash.leashed([program, str(settings)])
        if os.geteuid() == 0:
            account = pwd.getpwnam(_USER)
            for path in (folder, settings):
                os.chown(path, account.pw_uid, account.pw_gid)
            ids = f"--reuid={account.pw_uid} --regid={account.pw_gid}".split()
            command = ["setpriv", *ids, "--clear-groups", "--pdeathsig=TERM", program, command[-1]]
        with (Path(folder) / "console").open("wb") as console:
            process = subprocess.Popen(command, stdout=console, stderr=console)
        try:
            url = urlunsplit(server._replace(netloc=f"{server.username}:x@127.0.0.1:{port}"))
            await wait_until_up(url, seconds=patience.SECONDS)
            yield url
        finally:
            process.kill()  # it would wait for its clients
            process.wait(patience.SECONDS)
