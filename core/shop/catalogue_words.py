"""The words of a shop's products, with which mistyped words are corrected."""

from collections.abc import Sequence

from core.postgres import Connection

# In order of the word, so that two shops' imports cannot deadlock.
_NOTE = """
INSERT INTO catalogue_words (shop_id, word, stem, latin)
SELECT $1, found.word, word_stem(found.word), latin_letters(found.word)
FROM (SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('simple', plain_words(
        concat_ws(' ', title, sku, variant_titles, description))))) AS word
    FROM products WHERE shop_id = $1 AND id = ANY($2::bigint[])) AS found
WHERE length(found.word) BETWEEN 2 AND 40 AND found.word !~ '[0-9]' -- a number is never mended
ORDER BY found.word
ON CONFLICT DO NOTHING
"""
_TITLES = """
UPDATE products AS p SET variant_titles = found.titles
FROM (SELECT q.id, coalesce(string_agg(v.title, ' ' ORDER BY v.position, v.id), '') AS titles
    FROM products AS q LEFT JOIN product_variants AS v ON v.product_id = q.id AND v.is_active
    WHERE q.shop_id = $1 AND q.id = ANY($2::bigint[]) GROUP BY q.id) AS found
WHERE p.id = found.id AND p.variant_titles <> found.titles
"""


async def note(connection: Connection, shop_id: int, product_ids: Sequence[int]) -> None:
    """Call it after these products or their variants were written, so that they are found by their
    present words."""
    ids = list(product_ids)
    await connection.execute(_TITLES, shop_id, ids)
    await connection.execute(_NOTE, shop_id, ids)
