"""Uploads that are meant to do harm: names that climb, pictures and archives that swell, files that
are two things at once."""

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import httpx
import pytest
from PIL import Image

from tests.api.conftest import Panel, assert_problem
from tests.factories import create_shop

MIB = 1024 * 1024


def png(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    """A picture as its header says it, with no pixels at all."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def drawn(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, kind)
    return file.getvalue()


@pytest.fixture(name="address")
async def address_of_files(panel: Panel) -> str:
    async with panel.pool.acquire() as connection:
        return f"/api/v1/shops/{(await create_shop(connection)).id}/files"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x.png", "a/../../b.png", "....//x"]
    + ["x\r\nSet-Cookie: a=b", 'x"; filename="y.html', "x\u202egnp.exe", ".htaccess", "%2e%2e%2fx"],
)
async def test_a_name_never_climbs(owner: httpx.AsyncClient, address: str, name: str) -> None:
    made = await owner.post(address, params={"name": name}, content=drawn())
    assert made.status_code in (201, 422), made.text
    if made.status_code == 201:
        got = await owner.get(f"{address}/{made.json()['sha256']}")
        how = got.headers["content-disposition"]
        assert "/" not in how and "\\" not in how and ".." not in how.replace("....", ""), how
        assert "set-cookie" not in got.headers and "\n" not in how
        assert how.count("filename*=") == 1 and '"' not in how
        assert got.content == drawn()


async def test_a_swelling_picture_is_refused_before_it_swells(
    owner: httpx.AsyncClient, address: str
) -> None:
    swelling = zlib.compress(bytes(100 * MIB))
    bombs = {
        "50,000 by 50,000": png(50_000, 50_000),
        "the most there is": png(2**31 - 1, 2**31 - 1),
        "nothing": png(0, 0),
        "long": png(9_000, 1),
        "a comment": png(40, 30, (b"zTXt", b"Comment\0\0" + swelling)),
        "a profile": png(40, 30, (b"iCCP", b"icc\0\0" + swelling)),
        "too many pixels": png(40, 30, (b"IDAT", swelling)),
    }
    tracemalloc.start()
    try:
        for what, content in bombs.items():
            answer = await owner.post(address, content=content)
            if what == "too many pixels":  # those beyond its sides are never unpacked
                assert answer.status_code == 201
                continue
            assert_problem(answer, 422, "file_refused")
            assert answer.json()["explained"]["ru"], what
        assert tracemalloc.get_traced_memory()[1] < 60 * MIB
    finally:
        tracemalloc.stop()


async def test_a_compressed_body_is_not_unpacked(owner: httpx.AsyncClient, address: str) -> None:
    bomb = gzip.compress(bytes(50 * MIB))
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"):
        refused = await owner.post(address, content=bomb, headers={"content-encoding": encoding})
        assert_problem(refused, 415, "encoding_unknown")
    # As a document it is what it is: stored as it came, and given back as that.
    kept = await owner.post(address, params={"kind": "document"}, content=bomb)
    assert kept.status_code == 201 and kept.json()["size"] == len(bomb)
    got = await owner.get(f"{address}/{kept.json()['sha256']}")
    assert "content-encoding" not in got.headers and got.content == bomb


async def test_a_file_that_is_two_things_runs_as_neither(
    owner: httpx.AsyncClient, address: str
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../x", bytes(10 * MIB))
    script = b"<script>alert(1)</script>"
    for content in (
        drawn() + script,
        drawn("GIF") + script,
        drawn("JPEG") + archive.getvalue(),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a/*" + bytes(40) + b"*/=1;" + script,
        archive.getvalue(),
    ):
        for kind in ("picture", "document", "proof"):
            made = await owner.post(
                address, params={"kind": kind, "name": "x.html"}, content=content
            )
            if made.status_code != 201:
                assert_problem(made, 422, "file_refused")
                continue
            got = await owner.get(f"{address}/{made.json()['sha256']}")
            assert got.content == content
            assert got.headers["content-type"] in ("image/png", "image/jpeg") or (
                got.headers["content-type"] == "application/octet-stream"
                and got.headers["content-disposition"].startswith("attachment")
            )
            assert got.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in got.headers["content-security-policy"]
            assert "script-src" not in got.headers["content-security-policy"]
