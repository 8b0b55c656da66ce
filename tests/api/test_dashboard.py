"""The built dashboard's files and page."""

import re
from pathlib import Path

from core.postgres import Pool
from core.settings import Settings
from tests.api.conftest import Panel, assert_problem, serving


async def test_every_page_has_a_nonce_of_its_own(panel: Panel) -> None:
    nonces = []
    for path in ("/", "/enter", "/shops/1/orders"):
        response = await panel.client.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "__CSP_NONCE__" not in response.text
        (nonce,) = re.findall(r'nonce="([^"]+)"', response.text)
        nonces.append(nonce)
        assert response.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; "
            f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
            "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
            "object-src 'none'; frame-ancestors 'self' https://web.telegram.org"
        )
    assert len(set(nonces)) == len(nonces)


async def test_a_page_comes_compressed_where_that_is_understood(panel: Panel) -> None:
    for accepted, encoding in (
        ("gzip, br", "gzip"),
        ("br;q=0, GZIP;q=0.5", "gzip"),
        ("gzip;q=0, identity", None),
        ("identity", None),
    ):
        response = await panel.client.get("/", headers={"accept-encoding": accepted})
        assert response.headers.get("content-encoding") == encoding
        assert response.headers["vary"] == "Accept-Encoding"
        assert "<!doctype html>" in response.text


async def test_assets_come_compressed_and_stay_for_ever(panel: Panel) -> None:
    for accepted, encoding, body in (
        ("gzip, deflate, br", "br", b"as brotli"),
        ("gzip;q=1.0", "gzip", b"as gzip"),
        ("br; q=0.000, gzip;q=0.001", "gzip", b"as gzip"),
        ("br;q=0, gzip; Q=0", None, b"plain"),
        ("identity", None, b"plain"),
    ):
        async with panel.client.stream(
            "GET", "/assets/main-1a2b.js", headers={"accept-encoding": accepted}
        ) as response:
            raw = b"".join([part async for part in response.aiter_raw()])
        assert raw == body
        assert response.headers.get("content-encoding") == encoding
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["vary"] == "Accept-Encoding"


async def test_files_without_a_hash_are_asked_for_again(panel: Panel) -> None:
    response = await panel.client.get("/boot.js")
    assert response.text == "boot()"
    assert response.headers["cache-control"] == "no-cache"
    assert (await panel.client.head("/boot.js")).headers["content-length"] == "6"


async def test_what_is_not_there_is_never_answered_with_the_page(panel: Panel) -> None:
    for path in ("/assets/gone-9z.js", "/gone.js", "/.env", "/assets/%2e%2e/%2e%2e/secret.txt"):
        assert_problem(await panel.client.get(path), 404, "not_found")
    assert_problem(await panel.client.get("/api/nothing"), 404, "unknown_address")
    assert_problem(await panel.client.post("/shops"), 405, "method_not_allowed")


async def test_an_unbuilt_dashboard_says_so(
    panel_settings: Settings, pool: Pool, tmp_path: Path
) -> None:
    settings = panel_settings.model_copy(update={"dashboard_dir": tmp_path / "nowhere"})
    async with serving(settings, pool) as panel:
        assert_problem(await panel.client.get("/"), 503, "dashboard_missing")
        assert (await panel.client.get("/api/v1/health")).json() == {"status": "ok"}
