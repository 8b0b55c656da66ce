"""Where ClickHouse has somebody: SQL over the parameter `who`, an array of (shop_id, buyer_no)."""

from core import people_day

THEIRS = "(shop_id, buyer_no) IN {who:Array(Tuple(UInt32, UInt64))}"
# Only the intake stores texts outside of modules' tables.
FREE_TEXT = f"{THEIRS} AND mode = 'external' AND props != ''"
# The tables that have `buyer_no`.
TABLES = """
SELECT c.table AS table FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE c.database = currentDatabase() AND c.name = 'buyer_no' AND t.engine LIKE '%MergeTree'
    AND t.name NOT LIKE 'staging%'
ORDER BY c.table
"""
# Rows of the roll-up that have one of them.
IN_BITMAPS = f"""
FROM {people_day.TABLE} WHERE bitmapHasAny(people, bitmapBuild(arrayMap(one -> one.2,
    arrayFilter(one -> one.1 = shop_id, {{who:Array(Tuple(UInt32, UInt64))}}))))
"""
