"""HTTPS by docs/install.md, with the commands that stand there: certbot proves a name before Nginx
runs, and renews through it."""

import os
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509

from local import ports
from tests import patience
from tests.ops.acme import Authority, authority
from tests.ops.programs import program
from tests.ops.proxied import NAME, Upstream, answering, proxying, reload, tls_example

pytestmark = pytest.mark.chaos

DOCS = (Path(__file__).parents[2] / "docs/install.md").read_text("utf-8")
FIRST, RENEWAL = re.findall(r"docker compose run --rm (?:-p 80:80 )?certbot ([^`\n]+)", DOCS)


def certbot(folder: Path, of: Authority, written: str, *more: str) -> None:
    """As the documentation has it, with the places of the test and nobody to ask."""
    told = written.replace("YOUR.NAME", NAME).replace("/var/www/acme", str(folder / "acme"))
    folders = {"config": "letsencrypt", "work": "certbot/work", "logs": "certbot/logs"}
    done = subprocess.run(
        [
            *(program("certbot", "make chaos-tools"), *told.split(), *more),
            *("--server", of.directory, "--non-interactive", "--agree-tos"),
            "--register-unsafely-without-email",
            *(f"--{name}-dir={folder / place}" for name, place in folders.items()),
        ],
        env=os.environ | {"REQUESTS_CA_BUNDLE": str(of.trusted)},
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * patience.SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def served(port: int, trusting: ssl.SSLContext) -> int:
    """The number of the certificate that a browser gets, which it trusts."""
    with (
        socket.create_connection(("127.0.0.1", port), patience.SECONDS) as plain,
        trusting.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        found = connection.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found).serial_number


def kept(folder: Path) -> int:
    """The number of the certificate in the file that Nginx reads."""
    file = folder / "letsencrypt/live" / NAME / "fullchain.pem"
    return x509.load_pem_x509_certificate(file.read_bytes()).serial_number


def test_a_name_is_proved_served_and_renewed_through_nginx(tmp_path: Path) -> None:
    plain, secure = ports.free_port(), ports.free_port()
    (tmp_path / "acme").mkdir()
    with authority(tmp_path, plain) as of, answering(Upstream()) as behind:
        certbot(tmp_path, of, FIRST, "--http-01-port", str(plain))
        first = kept(tmp_path)
        files = {"tls.conf": tls_example(tmp_path, secure)}
        with proxying(tmp_path, behind, files, port=plain):
            assert served(secure, of.root()) == first
            certbot(tmp_path, of, RENEWAL, "--force-renewal", "--no-random-sleep-on-renew")
            renewed = kept(tmp_path)
            assert renewed != first
            reload(tmp_path)
            ends_at = time.monotonic() + patience.SECONDS
            while served(secure, of.root()) != renewed:
                assert time.monotonic() < ends_at
                time.sleep(0.1)
