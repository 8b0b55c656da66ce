"""An authority that speaks ACME, on this machine: Pebble, which `make chaos` installs."""

import contextlib
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from local import leash, ports
from tests import patience
from tests.ops.certificates import self_signed
from tests.ops.programs import program


@dataclass(frozen=True)
class Authority:
    """`trusted` is a file with what proves the authority's own address."""

    directory: str
    trusted: Path
    management: str

    def root(self) -> ssl.SSLContext:
        """Trusts what it has signed, and nothing else."""
        own = ssl.create_default_context(cafile=self.trusted)
        answer = httpx.get(f"{self.management}/roots/0", verify=own, timeout=patience.SECONDS)
        answer.raise_for_status()
        return ssl.create_default_context(cadata=answer.text)


@contextlib.contextmanager
def authority(folder: Path, port: int) -> Iterator[Authority]:
    """It proves names by asking this machine at the port, in place of 80."""
    listening, managing = (f"127.0.0.1:{ports.free_port()}" for _ in range(2))
    certificate, key = folder / "authority.pem", folder / "authority.key"
    self_signed("127.0.0.1", certificate, key)
    settings = {
        "listenAddress": listening,
        "managementListenAddress": managing,
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": port,
        "tlsPort": ports.free_port(),
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}), "utf-8")
    found = Authority(f"https://{listening}/dir", certificate, f"https://{managing}")
    with (folder / "pebble.log").open("wb") as console, contextlib.ExitStack() as ending:
        for command in _commands(folder / "pebble.json"):
            process = subprocess.Popen(
                leash.leashed(command),
                env=os.environ | {"PEBBLE_VA_NOSLEEP": "1"},
                stdout=console,
                stderr=console,
            )
            ending.callback(process.wait)
            ending.callback(process.kill)
        _until_open(found, process)
        yield found


def _commands(settings: Path) -> list[list[str]]:
    """A server of names, by which every name leads to this machine, and the authority."""
    install = "make pebble as root"
    names, managing = (f"127.0.0.1:{ports.free_port()}" for _ in range(2))
    naming = [program("pebble-challtestsrv", install), "-dns01", names, "-management", managing]
    naming += ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
    authority_command = [program("pebble", install), "-config", str(settings), "-dnsserver", names]
    return [naming, authority_command]


def _until_open(found: Authority, process: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + patience.SECONDS
    while True:
        with contextlib.suppress(httpx.TransportError):
            found.root()
            return
        assert process.poll() is None and time.monotonic() < ends_at, "Pebble does not start"
        time.sleep(0.1)
