"""The contents of a batch: read from PostgreSQL column by column, sent in ClickHouse's Native
format.

PostgreSQL returns each column as one value, the concatenated binary forms of its rows (`string_agg`
of `int4send` and the like), by COPY in binary format. That is ClickHouse's own layout except for
the byte order, the epoch and the strings' lengths, which NumPy converts for all rows at once:
Python handles no single row. Compared with text in docs/decisions/0006-native.md.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import VitrinaError
from core.postgres import Connection
from core.watching import IS_WATCHED
from ingestion.batches import Batch, Position, Range
from ingestion.gathering import Waiting

_Array: TypeAlias = npt.NDArray[Any]

# ClickHouse's type of each column of whole numbers, and PostgreSQL's.
_WIDTHS = {"int2": 2, "int4": 4, "int8": 8}
_DTYPES = {
    "UInt8": "u1",
    "UInt16": "<u2",
    "UInt32": "<u4",
    "UInt64": "<u8",
    "Int32": "<i4",
    "Int64": "<i8",
}
_NUMBERS = {
    "shop_id": ("int4", "UInt32"),
    "bot_id": ("int8", "UInt64"),
    "event_version": ("int2", "UInt8"),
    "buyer_no": ("int8", "UInt64"),
    "session_no": ("int4", "UInt32"),
    "first_source_id": ("int4", "UInt32"),
    "last_source_id": ("int4", "UInt32"),
    "order_id": ("int8", "UInt64"),
    "product_id": ("int8", "UInt64"),
    "variant_id": ("int8", "UInt64"),
    "amount_minor": ("int8", "Int64"),
    "quantity": ("int4", "Int32"),
    "latency_us": ("int8", "UInt64"),
    "retention_days": ("int2", "UInt16"),
    "shard": ("int2", "UInt8"),
    "pos": ("int8", "UInt64"),
}
_TIMES = ("occurred_at", "recorded_at")
_FLAGS = ("is_premium", "is_staff", "is_test")
_TEXTS = ("event", "mode", "lang", "currency", "outcome", "props", "module")

# The outbox's columns. ClickHouse's `events` has the same names, but stores the time of recording
# as milliseconds since the event happened.
COLUMNS = (*_NUMBERS, *_TIMES, *_FLAGS, *_TEXTS)
_RECORDED_AFTER = "recorded_after_ms"
STORED = tuple(_RECORDED_AFTER if column == "recorded_at" else column for column in COLUMNS)

_POSTGRES_EPOCH_MS = 946_684_800_000  # 2000-01-01
# The range of DateTime64: from 1900 to the end of 2299; infinity is outside.
_FIRST_MS, _END_MS = -2_208_988_800_000, 10_413_792_000_000
_TEXT_BYTES = 2**14  # a length of up to two bytes


def _aggregate(column: str) -> str:
    if column in _NUMBERS:
        return f"string_agg({_NUMBERS[column][0]}send({column}), '')"
    if column in _TIMES:
        return f"string_agg(timestamptz_send({column}), '')"
    if column in _FLAGS:
        return f"string_agg(boolsend({column}), '')"
    return f"string_agg(textsend({column}), '\\x00')"  # the one character that no text can contain


_READ = f"""
SELECT max(xid), {", ".join(_aggregate(column) for column in COLUMNS)} FROM (
    SELECT xid, {", ".join(COLUMNS)} FROM outbox
    WHERE shard = {{shard}} AND (xid, pos) > ('{{start.xid}}', {{start.pos}}) AND {{until}}
    ORDER BY xid, pos
    LIMIT {{limit}}
) AS batch
"""
# Every transaction below it has ended: no rows are added there any more.
_BELOW_HORIZON = "xid < pg_snapshot_xmin(pg_current_snapshot())"
_COUNT = f"""
SELECT count(*) FROM (
    SELECT FROM outbox WHERE shard = $1 AND (xid, pos) > ($2, $3) AND {_BELOW_HORIZON} LIMIT $4
) AS waiting
"""
_LOOK = f"SELECT ({_COUNT}) AS rows, {IS_WATCHED} AS is_watched"


class Rejected(VitrinaError):
    """ClickHouse cannot store a row of the batch, and has stored none of it."""

    code = "rejected"
    status = 422


class BatchChanged(VitrinaError):
    """The outbox no longer has the recorded rows. Sending the rest would hide a loss."""

    code = "batch_changed"
    status = 500


@dataclass(frozen=True, slots=True)
class Contents:
    """The rows of a range, each column as PostgreSQL returned it."""

    range: Range
    columns: dict[str, memoryview]

    def native(self) -> bytes:
        """One block of ClickHouse's Native format; raises Rejected for values that its types cannot
        hold."""
        rows = self.range.rows
        occurred, recorded = (_times(name, self.columns[name]) for name in _TIMES)
        parts = [_varint(len(STORED)), _varint(rows)]

        def add(name: str, kind: str, data: _Array) -> None:
            parts.extend((_string(name), _string(kind), data.tobytes()))

        add("occurred_at", "DateTime64(3, 'UTC')", occurred)
        add(_RECORDED_AFTER, "Int64", recorded - occurred)
        for name, (_, kind) in _NUMBERS.items():
            add(name, kind, _numbers(name, self.columns[name]))
        for name in _FLAGS:
            add(name, "Bool", np.frombuffer(self.columns[name], "u1"))
        for name in _TEXTS:
            add(name, "String", _texts(name, self.columns[name], rows))
        return b"".join(parts)


async def read_next(
    connection: Connection, shard: int, start: Position, limit: int
) -> Contents | None:
    """Up to `limit` rows after `start`, below the horizon; None if there are none."""
    query = _READ.format(shard=shard, start=start, until=_BELOW_HORIZON, limit=limit)
    return _decode(await _copy(connection, query), shard, start)


async def count_next(connection: Connection, shard: int, start: Position, limit: int) -> int:
    """How many rows `read_next` would find; reads none of them."""
    count: int = await connection.fetchval(_COUNT, shard, *start, limit)
    return count


async def look(connection: Connection, shard: int, start: Position, limit: int) -> Waiting:
    """As `count_next`, and whether somebody looks at live figures."""
    found = await connection.fetchrow(_LOOK, shard, *start, limit)
    assert found is not None  # a SELECT without FROM always gives a row
    return Waiting(**found)


async def read_again(connection: Connection, batch: Batch) -> Contents:
    """The rows of a recorded batch; raises BatchChanged."""
    until = f"(xid, pos) <= ('{batch.end.xid}', {batch.end.pos})"
    query = _READ.format(
        shard=batch.shard, start=batch.start, until=until, limit=2 * batch.rows + 1
    )
    contents = _decode(await _copy(connection, query), batch.shard, batch.start)
    rows = contents.range.rows if contents else 0
    if contents is None or rows != batch.rows:
        raise BatchChanged(
            f"shard {batch.shard}: {batch.rows} rows were recorded after {batch.start} up to "
            f"{batch.end}, and {rows} are there: look for who deletes from the outbox"
        )
    return contents


async def _copy(connection: Connection, query: str) -> bytes:
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(chunk)

    await connection.copy_from_query(query, output=keep, format="binary")
    return b"".join(chunks)


def _decode(copied: bytes, shard: int, start: Position) -> Contents | None:
    """The fields of COPY's one row: after 19 bytes of header and their number, each with its length
    (postgresql.org/docs/current/sql-copy.html, "Binary Format")."""
    whole = memoryview(copied)
    at = 21
    fields = []
    for _ in range(1 + len(COLUMNS)):
        length = int.from_bytes(whole[at : at + 4], "big", signed=True)
        if length < 0:
            return None  # an aggregate over no rows
        fields.append(whole[at + 4 : at + 4 + length])
        at += 4 + length
    columns = dict(zip(COLUMNS, fields[1:], strict=True))
    places = np.frombuffer(columns["pos"], ">i8")
    end = Position(int.from_bytes(fields[0], "big"), int(places[-1]))
    shops = np.unique(np.frombuffer(columns["shop_id"], ">i4"))
    return Contents(Range(shard, start, end, len(places), tuple(shops.tolist())), columns)


def _numbers(name: str, raw: memoryview) -> _Array:
    stored, kind = _NUMBERS[name]
    values = np.frombuffer(raw, f">i{_WIDTHS[stored]}")
    bounds = np.iinfo(_DTYPES[kind])
    if int(values.min()) < bounds.min or int(values.max()) > bounds.max:
        raise Rejected(f"{name}: {values.min()} to {values.max()}, where {kind} is expected")
    return values.astype(_DTYPES[kind])


def _times(name: str, raw: memoryview) -> _Array:
    """Milliseconds since 1970, truncated."""
    milliseconds = np.frombuffer(raw, ">i8").astype("<i8") // 1000 + _POSTGRES_EPOCH_MS
    if int(milliseconds.min()) < _FIRST_MS or int(milliseconds.max()) >= _END_MS:
        raise Rejected(f"{name}: a moment before 1900 or after 2299")
    return milliseconds


def _texts(name: str, raw: memoryview, rows: int) -> _Array:
    """Puts each text's length before it, in place of the zero byte between two texts."""
    texts = np.empty(len(raw) + 1, "u1")
    texts[0] = 0
    texts[1:] = np.frombuffer(raw, "u1")
    starts = np.flatnonzero(texts == 0)
    assert len(starts) == rows
    lengths = np.diff(starts, append=len(texts)) - 1
    longest = int(lengths.max())
    if longest >= _TEXT_BYTES:
        raise Rejected(f"{name}: a text of {longest} bytes")
    is_long = lengths >= 128
    texts[starts] = np.where(is_long, lengths & 127 | 128, lengths)
    if longest < 128:
        return texts
    return np.insert(texts, starts[is_long] + 1, (lengths[is_long] >> 7).astype("u1"))


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first, as Native writes counts and lengths."""
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _string(text: str) -> bytes:
    return _varint(len(text.encode())) + text.encode()
