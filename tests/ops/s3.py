"""A store that speaks S3, on this machine: moto's server, which `make chaos` installs."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx

from local import leash, ports
from tests import patience
from tests.ops.programs import program

KEY, SECRET = "key", "secret"
_SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Bucket:
    """One bucket of it; `address` ends with its name."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint, self.name = endpoint, name
        self.address = f"{endpoint}/{name}"

    def objects(self) -> dict[str, int]:
        """The bytes of each object by its name: at most a thousand."""
        answer = httpx.get(self.address, params={"list-type": "2"}, timeout=patience.SECONDS)
        answer.raise_for_status()
        return {
            each.findtext(f"{_SPACE}Key", ""): int(each.findtext(f"{_SPACE}Size", "0"))
            for each in ElementTree.fromstring(answer.text).iter(f"{_SPACE}Contents")
        }


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Bucket]:
    """The store with an empty bucket, for as long as the context lasts."""
    port = ports.free_port()
    command = [program("moto_server", "make chaos-tools"), "--host", "127.0.0.1"]
    with (folder / "s3.log").open("wb") as console:
        process = subprocess.Popen(
            leash.leashed([*command, "--port", str(port)]), stdout=console, stderr=console
        )
    try:
        bucket = Bucket(f"http://127.0.0.1:{port}", "vitrina")
        ends_at = time.monotonic() + patience.SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.put(bucket.address, timeout=patience.SECONDS).raise_for_status()
                break
            assert process.poll() is None, (folder / "s3.log").read_text("utf-8")
            assert time.monotonic() < ends_at
            time.sleep(0.1)
        yield bucket
    finally:
        process.kill()
        process.wait()
