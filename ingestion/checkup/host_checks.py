"""Checks of this host and of what it reaches: files, ports, Telegram, the certificate."""

import asyncio
import json
import shutil
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from core.settings import Settings, telegram_servers
from ingestion.checkup.clickhouse_checks import judge_disk
from ingestion.checkup.findings import FAIL, OK, WARN, Judgement, Means

# Telegram's data centre 2, where a client begins: https://core.telegram.org/api/datacenter
_TELEGRAM = ("149.154.167.51", 443)
_TELEGRAM_IPV6 = ("2001:67c:4e8:f002::a", 443)
_ATTEMPT_SECONDS = 4.0
_PRIVATE = (
    *("secrets.env", "secret-keys", "services.env", "panel-link", "state.json"),
    *(".env", ".env.before-secrets"),
)
_PRIVATE_FOLDER = "secrets"  # that of containers, whose files each image's own user reads
_CERTIFICATE_WARN, _CERTIFICATE_FAIL = 21, 7  # days


async def permissions(means: Means) -> Judgement:
    """Files with secrets, and the folder of them, are their owner's alone."""
    folder = means.folder or Path()
    present = [folder / name for name in _PRIVATE if (folder / name).is_file()]
    open_to_others = [str(file) for file in present if file.stat().st_mode & 0o077]
    if open_to_others:
        return (
            FAIL,
            f"others may read {', '.join(open_to_others)}",
            (f"chmod 600 {' '.join(open_to_others)}"),
        )
    secrets = folder / _PRIVATE_FOLDER
    if secrets.is_dir() and secrets.stat().st_mode & 0o077:
        return FAIL, f"others may enter {secrets}", f"chmod 700 {secrets}"
    return OK, f"{len(present)} files with secrets, their owner's alone", ""


async def disk(means: Means) -> Judgement:
    """The disk of the folder of `vitrina up`, or of the working folder."""
    usage = shutil.disk_usage(means.folder or Path())
    return judge_disk(usage.free, usage.total, 0.0)


async def ports(means: Means) -> Judgement:
    """That the services of a `vitrina up` listen."""
    if means.folder is None:
        return OK, "not looked at: services run elsewhere", ""
    try:
        known = json.loads((means.folder / "state.json").read_text("utf-8"))["ports"]
    except (OSError, ValueError, KeyError):
        known = {}
    wanted = {name: known[name] for name in ("worker", "shipper", "intake") if name in known}
    wanted["panel"] = means.settings.api_port
    silent = [name for name, port in wanted.items() if not await _connects("127.0.0.1", int(port))]
    if silent:
        return FAIL, f"nobody listens for {', '.join(silent)}", "start `vitrina up`, see its logs/"
    return OK, f"{', '.join(wanted)} listen", ""


def telegram_addresses(settings: Settings) -> list[tuple[str, int]]:
    """What a worker connects to first: the proxy, the server that stands in, or Telegram."""
    if settings.telegram_proxy is not None and settings.telegram_proxy.get_secret_value():
        parts = urlsplit(settings.telegram_proxy.get_secret_value())
        if parts.scheme == "tg" or parts.hostname in ("t.me", "telegram.me"):
            query = parse_qs(parts.query)
            return [(query.get("server", [""])[0], int(query.get("port", ["443"])[0]))]
        return [(parts.hostname or "", parts.port or 1080)]
    if settings.telegram_server:
        return sorted(set(telegram_servers(settings.telegram_server).values()))
    return [_TELEGRAM_IPV6 if settings.telegram_ipv6 else _TELEGRAM]


async def telegram(means: Means) -> Judgement:
    """By TCP alone: nothing is said there."""
    places = telegram_addresses(means.settings)
    silent = [f"{host}:{port}" for host, port in places if not await _connects(host, port)]
    whose = "the proxy" if means.settings.telegram_proxy else "Telegram"
    if silent:
        mend = "let the firewall pass it, or set VITRINA_TELEGRAM_PROXY (docs/operations.md)"
        return FAIL, f"{whose} at {', '.join(silent)} cannot be reached", mend
    return OK, f"{whose} at {places[0][0]} is reached", ""


def judge_certificate(ends: datetime, now: datetime) -> Judgement:
    days = (ends - now).total_seconds() / 86400
    text = f"valid until {ends:%Y-%m-%d}, {days:.0f} days"
    mend = "renew it: see that the ACME client runs, and its log"
    if days < _CERTIFICATE_FAIL:
        return FAIL, text, mend
    return (WARN, text, mend) if days < _CERTIFICATE_WARN else (OK, text, "")


async def certificate(means: Means) -> Judgement:
    address = urlsplit(means.settings.public_address)
    if address.scheme != "https" or not address.hostname:
        return OK, "not looked at: VITRINA_PUBLIC_ADDRESS names no https:// address", ""
    try:
        ends = await asyncio.to_thread(_ends, address.hostname, address.port or 443)
    except ssl.SSLCertVerificationError as error:
        return FAIL, f"browsers refuse it: {error.verify_message}", "renew or replace it"
    except OSError as error:
        said = error.strerror or str(error)
        return FAIL, f"{address.netloc} does not answer: {said}", "see that nginx runs"
    return judge_certificate(ends, datetime.now(UTC))


def _ends(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=_ATTEMPT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        found = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)


async def _connects(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
