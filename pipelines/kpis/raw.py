"""The stores' own tables that the pipelines read: their columns as Dagster's page shows them.

The envelope is that of `core.events` and docs/metrics.md; a test compares both lists with the
databases.
"""

import dagster as dg

# Name, type in ClickHouse, meaning. 0 and the empty string: does not apply.
_EVENTS = (
    ("shop_id", "UInt32", "The shop"),
    ("bot_id", "UInt64", "The bot, by Telegram's number; 0: none of ours"),
    ("event", "LowCardinality(String)", "The event's type, of the taxonomy"),
    ("event_version", "UInt8", "The version of what that type says"),
    ("occurred_at", "DateTime64(3, 'UTC')", "When it happened"),
    ("recorded_after_ms", "Int64", "How much later it was recorded, milliseconds"),
    ("stored_after_ms", "Int64", "How much later it was stored here, milliseconds, to two digits"),
    (
        "mode",
        "LowCardinality(String)",
        "hosted: the bot runs here; observed: another runs it, this one looks on; external: sent "
        "to the intake",
    ),
    ("buyer_no", "UInt64", "The shopper's number in the shop; 0: nobody"),
    ("session_no", "UInt32", "The shopper's visit, counted from 1"),
    ("first_source_id", "UInt32", "The start link that first brought the shopper; 0: none"),
    ("last_source_id", "UInt32", "The start link that brought them last; 0: none"),
    ("lang", "LowCardinality(String)", "The language of the shopper's Telegram"),
    ("is_premium", "Bool", "The shopper has Telegram Premium"),
    ("is_staff", "Bool", "Of the shop's staff: in no figure"),
    ("is_test", "Bool", "A test shopper: in no figure"),
    ("order_id", "UInt64", "The order; 0: none"),
    ("product_id", "UInt64", "The product; 0: none"),
    ("variant_id", "UInt64", "The product's variant; 0: none"),
    ("amount_minor", "Int64", "Money, in minor units of `currency`"),
    ("currency", "LowCardinality(String)", "The currency (ISO 4217, or XTR for Stars)"),
    ("quantity", "Int32", "How many: units, rows, stars of a rating, as the type says"),
    ("latency_us", "UInt64", "How long it took, microseconds"),
    ("outcome", "LowCardinality(String)", "How it ended, as the type says"),
    (
        "module",
        "LowCardinality(String)",
        "The module in whose work it happened; empty: the platform's own or another program's",
    ),
    ("props", "String", "More, as JSON of at most 2 KiB; keys by type in core.taxonomy. No texts"),
    ("retention_days", "UInt16", "Days until it runs out, from when it happened"),
    ("shard", "UInt8", "The outbox's shard: with `pos` the event's identity"),
    ("pos", "UInt64", "Its place in the shard"),
    (
        "recorded_at",
        "DateTime64(3, 'UTC')",
        "When it was recorded: occurred_at and that much later",
    ),
)
# Name, type in PostgreSQL, meaning.
_SHOPS = (
    ("id", "integer", "The shop's number"),
    ("name", "text", "What its owner calls it"),
    ("currency", "text", "Its own currency: figures in one currency are in this"),
    ("timezone", "text", "Its time zone (IANA): makes its calendar days"),
    ("language", "text", "The owner's language: ru or en"),
    ("retention_days", "integer", "How many days ClickHouse keeps its events"),
    ("next_buyer_no", "bigint", "The number that its next shopper gets"),
    ("next_order_no", "bigint", "The number that its next order gets"),
    ("created_at", "timestamp with time zone", "When it was opened"),
    ("imprint", "jsonb", "What it is, who sells, how to reach them, on which terms"),
    ("archived_at", "timestamp with time zone", "When it was archived; its figures stay"),
    ("delete_after", "timestamp with time zone", "When all of it will be deleted, if it is to be"),
)


def _table(columns: tuple[tuple[str, str, str], ...]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(*column) for column in columns])


EVENT_COLUMNS = _table(_EVENTS)
SHOP_COLUMNS = _table(_SHOPS)
