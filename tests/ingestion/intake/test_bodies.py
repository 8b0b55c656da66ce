import gzip
import io
import os
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingestion.bodies import BodyTooLarge, BodyUnreadable, Decoded, Encoding, decode

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}
encodings = st.sampled_from(["identity", "gzip", "zstd"])


@given(encodings, st.lists(st.binary(max_size=300), max_size=4), st.integers(-3, 3))
def test_what_was_encoded_is_read_up_to_the_limit_and_not_beyond(
    encoding: Encoding, parts: list[bytes], spare: int
) -> None:
    """Also of several members or frames, one behind the other."""
    whole = b"".join(parts)
    body = io.BytesIO(b"".join(ENCODERS[encoding](part) for part in parts))
    limit = max(0, len(whole) + spare)
    if len(whole) > limit:
        with pytest.raises(BodyTooLarge):
            decode(body, encoding, limit)
    else:
        assert decode(body, encoding, limit) == whole


@given(encodings, st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(encoding: Encoding, body: bytes) -> None:
    try:
        decode(io.BytesIO(body), encoding, 10_000)
    except (BodyUnreadable, BodyTooLarge):
        assert encoding != "identity"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_of_a_bomb_no_more_is_unpacked_than_the_limit(encoding: Encoding) -> None:
    bomb = {
        "gzip": gzip.compress(bytes(50_000_000), 1),
        "zstd": zstandard.compress(bytes(50_000_000)),
    }[encoding]
    file = Decoded(io.BytesIO(bomb), encoding, 1_000_000)
    read = 0
    with pytest.raises(BodyTooLarge):
        while chunk := file.read(65_536):
            read += len(chunk)
    assert read <= 1_000_000


def test_a_window_that_would_take_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    body = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(b"x")
    body += zstandard.ZstdCompressor(compression_params=parameters).compress(bytes(200_000_000))
    with pytest.raises(BodyUnreadable):
        decode(io.BytesIO(body), "zstd", 1_000_000)


def test_a_wrong_checksum_is_told() -> None:
    body = bytearray(gzip.compress(b"hello"))
    body[-5] ^= 1
    with pytest.raises(BodyUnreadable):
        decode(io.BytesIO(bytes(body)), "gzip", 100)


def test_a_body_of_nothing_but_members_is_refused_before_it_costs_a_minute() -> None:
    with pytest.raises(BodyUnreadable):
        decode(io.BytesIO(gzip.compress(b"") * 101), "gzip", 100)
    assert decode(io.BytesIO(gzip.compress(b"x") * 100), "gzip", 100) == b"x" * 100


@given(st.integers(65_530, 65_542), st.integers(0, 3))
def test_a_gzip_is_read_to_its_end_wherever_a_piece_ends(size: int, extra: int) -> None:
    whole = bytes(size) + os.urandom(65_536 * extra)
    assert decode(io.BytesIO(gzip.compress(whole)), "gzip", 300_000) == whole
    with pytest.raises(BodyUnreadable):
        decode(io.BytesIO(gzip.compress(whole)[:-1]), "gzip", 300_000)
