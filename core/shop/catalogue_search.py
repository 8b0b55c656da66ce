"""Finding products by what a shopper types: word forms, beginnings, typos, Latin letters.

First PostgreSQL's full text search (its `russian` configuration stems both Russian and English)
looks for products with every word. If there are none, each word is replaced by the nearest words of
the shop's catalogue (Damerau's distance, at most one or two letters); if that finds nothing either,
one matching word is enough. See docs/decisions/0010-catalogue-search.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from core.postgres import Connection
from core.shop.catalogue import COLUMNS, LISTED, Product, products_of

QUERY_CHARACTERS = 100
_WORDS = 8
_NEAR = 5  # words of the shop's catalogue that replace a typed word
_LOOKED_AT = 25
_WORD = re.compile(r"\w+")

_Row: TypeAlias = asyncpg.Record | Mapping[str, Any]

# Of the shop $1, the page of $2 products after $3, and a query in `asked`.
_HITS = f"""
hits AS (
    SELECT p.id, ts_rank(p.search, asked.query) AS rank, p.position
    FROM products AS p, asked WHERE p.shop_id = $1 AND p.search @@ asked.query AND {LISTED}
), shown AS (
    SELECT id, rank, position FROM hits ORDER BY rank DESC, position, id LIMIT $2 OFFSET $3
)
"""


def _near(words: str, most: str, limit: str) -> str:
    """The shop's words that are near to some, in so many letters at most."""
    return f"""
SELECT asked.place, numnode(plainto_tsquery('russian', asked.typed)) = 0 AS is_ignored,
    near.*, forms.*
FROM unnest({words}, {most}) WITH ORDINALITY AS asked (typed, most, place)
CROSS JOIN LATERAL (
    SELECT latin_letters(asked.typed) AS typed_latin, word_stem(asked.typed) AS typed_stem OFFSET 0
) AS forms
LEFT JOIN LATERAL (
    SELECT word, stem, latin FROM (
        SELECT word, stem, latin, least(
            levenshtein_less_equal(word, asked.typed, asked.most),
            levenshtein_less_equal(stem, forms.typed_stem, asked.most),
            levenshtein_less_equal(latin, forms.typed_latin, asked.most)) AS least_far
        FROM catalogue_words WHERE shop_id = $1
            AND length(word) BETWEEN length(asked.typed) - 3 AND length(asked.typed) + 3
    ) AS far
    WHERE least_far <= asked.most ORDER BY least_far, word LIMIT {limit}
) AS near ON true
"""


# What was said is $4, its words before they are plain $5. The last may be the beginning of one;
# signs that would end its quotation mean that the words are others, and nothing of this is used.
_FIRST_LOOK = f"""
WITH typed AS MATERIALIZED (
    SELECT plain_words($4) AS plain, ARRAY(
        SELECT plain_words(word) FROM unnest($5::text[]) WITH ORDINALITY AS each (word, place)
        ORDER BY place) AS words
), asked AS MATERIALIZED (
    SELECT plainto_tsquery('russian', array_to_string(words[:cardinality(words) - 1], ' '))
        && (plainto_tsquery('russian', last.word)
            || to_tsquery('russian', '''' || last.word || ''':*')) AS query
    FROM typed, LATERAL (
        SELECT coalesce(nullif(translate(words[cardinality(words)], '''\\', ''), ''), 'x') AS word
    ) AS last
), {_HITS}
SELECT typed.plain, typed.words, {COLUMNS}, (SELECT count(*) FROM hits) AS total_found,
    (SELECT jsonb_agg(near_to) FROM (
        {_near("(SELECT words FROM typed)", "$6::int[]", "$7")}
    ) AS near_to WHERE NOT EXISTS (SELECT FROM hits)) AS near
FROM typed LEFT JOIN (shown JOIN products AS p ON p.id = shown.id) ON true
ORDER BY shown.rank DESC, shown.position, shown.id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, best first. `words`: what was searched for instead of the typed
    words, empty if those were found."""

    products: list[Product]
    total: int
    words: tuple[str, ...] = ()


async def search(
    connection: Connection,
    shop_id: int,
    said: str,
    *,
    size: int,
    offset: int = 0,
    is_loose: bool = True,
) -> Found:
    """The listed products that match; none for a text without letters and digits. Without
    `is_loose` only those with every word."""
    said = _bounded(said)
    first = await _first_look(connection, shop_id, said, size, offset)
    words = _words_of(first.plain)
    if not words:
        return Found([], 0)
    if words == first.words:
        found, nearest = first.found, first.nearest
    else:  # a sign that becomes several words, or none: rare
        found, nearest = await _page(connection, shop_id, _as_typed(words), size, offset), None
    if found.total:
        return found
    if nearest is None:
        nearest = await _nearest(connection, shop_id, words)
    if not is_loose and None in nearest:
        return Found([], 0)
    near = [others or [word] for word, others in zip(words, nearest, strict=True)]
    alike = [await _any_of(connection, each) for each in near]
    for joint in (" & ", " | ") if is_loose else (" & ",):
        query = joint.join(f"({each})" for each in alike if each)
        found = await _page(connection, shop_id, ("$4::text::tsquery", [query]), size, offset)
        if found.total:
            return Found(found.products, found.total, tuple(each[0] for each in near))
    return Found([], 0)


def _bounded(said: str) -> str:
    return said.replace("\0", " ")[:QUERY_CHARACTERS]


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.replace("_", " "))[:_WORDS]


@dataclass(frozen=True, slots=True)
class _FirstLook:
    """`plain` is all that was said in plain words; the rest holds if its words are `words`. What is
    `nearest` is only looked for if nothing is found."""

    plain: str
    words: list[str]
    found: Found
    nearest: list[list[str] | None] | None


async def _first_look(
    connection: Connection, shop_id: int, said: str, size: int, offset: int
) -> _FirstLook:
    """In one statement, as most of what is said to a bot is no product's name: its words, the
    products with all of them, and if there are none the words that may have been meant."""
    typed = _words_of(said)
    rows = await connection.fetch(
        _FIRST_LOOK, shop_id, size, offset, said, typed, [_most(word) for word in typed], _LOOKED_AT
    )
    first = rows[0]
    found = Found([], 0)
    if first["id"] is not None:
        found = Found(products_of(rows), first["total_found"])
    words = first["words"]
    nearest = None
    if first["near"] is not None and [len(word) for word in words] == [len(w) for w in typed]:
        nearest = _by_word(first["near"], words)
    return _FirstLook(first["plain"], words, found, nearest)


def _as_typed(words: list[str]) -> tuple[str, list[str]]:
    """All words; the last may be the beginning of one."""
    *others, last = words
    whole = "plainto_tsquery('russian', $4)"
    begun = "(plainto_tsquery('russian', $5) || to_tsquery('russian', $6))"
    return f"{whole} && {begun}", [" ".join(others), last, f"'{last}':*"]


async def _page(
    connection: Connection, shop_id: int, query: tuple[str, list[str]], size: int, offset: int
) -> Found:
    """The first three placeholders are the shop and the page, the others the query's own."""
    sql, values = query
    rows = await connection.fetch(
        f"WITH asked AS MATERIALIZED (SELECT {sql} AS query), {_HITS} "
        f"SELECT {COLUMNS}, (SELECT count(*) FROM hits) AS total_found "
        f"FROM shown JOIN products AS p ON p.id = shown.id "
        f"ORDER BY shown.rank DESC, shown.position, shown.id",
        shop_id,
        size,
        offset,
        *values,
    )
    return Found(products_of(rows), rows[0]["total_found"] if rows else 0)


async def _any_of(connection: Connection, words: list[str]) -> str:
    """A query for one of these words; empty if all are words like "and"."""
    query: str = await connection.fetchval(
        "SELECT string_agg(each::text, ' | ') FROM ("
        "  SELECT plainto_tsquery('russian', word) AS each FROM unnest($1::text[]) AS word"
        ") AS queries WHERE numnode(each) > 0",
        words,
    )
    return query or ""


async def _nearest(
    connection: Connection, shop_id: int, words: list[str]
) -> list[list[str] | None]:
    """For each word those words of the shop that were most likely meant, the word itself included
    if it is one; none for a word like "and", None if no word of the shop is near."""
    rows = await connection.fetch(
        _near("$2::text[]", "$3::int[]", "$4"),
        shop_id,
        words,
        [_most(word) for word in words],
        _LOOKED_AT,
    )
    return _by_word(rows, words)


def _by_word(rows: Sequence[_Row], words: list[str]) -> list[list[str] | None]:
    found: list[list[str] | None] = []
    for place, word in enumerate(words, start=1):
        mine = [row for row in rows if row["place"] == place]
        others = _ranked([row for row in mine if row["word"] is not None], word)
        found.append(others or ([] if mine[0]["is_ignored"] else None))
    return found


def _most(word: str) -> int:
    """Letters that changed places are one mistake, and two of Levenshtein's."""
    return _typos(word) + 1


def _ranked(rows: Sequence[_Row], typed: str) -> list[str]:
    """The nearest of these words, and those that are one letter farther."""
    ranked = sorted(
        (far, row["word"]) for row in rows if (far := _far(row, typed)) <= _typos(typed)
    )
    least = ranked[0][0] if ranked else 0
    return [other for far, other in ranked if far <= least + 1][:_NEAR]


def _far(row: _Row, typed: str) -> int:
    """The distance of one of the shop's words from the typed one: as they are, in any of their
    forms, or in Latin letters."""
    word, stem = row["word"], row["typed_stem"]
    far = distance(word, typed)
    if far == 2 and len(typed) < 6 and word[:3] != typed[:3]:
        # in a short word two mistakes are accepted only at its end, where Russian inflects words
        far += 1
    others = distance(row["stem"], stem)
    if len(stem) < 4 or others > _typos(stem) - (len(stem) < 7 and others > 1):
        others = far
    return min(far, others, distance(row["latin"], row["typed_latin"]))


def _typos(word: str) -> int:
    """How many mistakes are accepted in a word."""
    return 0 if len(word) < 3 else 1 if len(word) < 5 else 2


def distance(one: str, other: str) -> int:
    """Letters that were changed, left out, added, or swapped with the next one: Damerau's distance,
    in its restricted form ("optimal string alignment")."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, its in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
