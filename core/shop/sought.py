"""Words that are looked for in names and titles, whatever their letters, accents and keyboard.

Columns that are searched so hold `latin_letters(plain_words(…))` between spaces: in Latin letters,
because the index by parts of words knows no others where the database's locale is C.
"""

from dataclasses import dataclass

from core.postgres import Connection

SHORT = 3  # fewer characters are not in the index: they are compared with whole words


def literal(words: str) -> str:
    """The words as a pattern of LIKE that means just them."""
    for sign in "\\%_":
        words = words.replace(sign, f"\\{sign}")
    return words


@dataclass(frozen=True, slots=True)
class Sought:
    """Words, made for a condition: `pattern` is the value of its parameter; `words` are those of
    each by itself, if they are several, without the short ones."""

    pattern: str
    words: tuple[str, ...] = ()

    @classmethod
    async def of(cls, connection: Connection, words: str) -> "Sought | None":
        """None if there are none."""
        said = words.strip().removeprefix("@")
        if not said:
            return None
        before, after = ("% ", " %") if len(said) < SHORT else ("%", "%")
        # Asked by itself: in a statement that is kept prepared, PostgreSQL would make the plain
        # words anew for every row that it compares, which takes longer than all the rest.
        plain = await connection.fetchval("SELECT latin_letters(plain_words($1))", literal(said))
        several = plain.split()
        each = tuple(f"%{word}%" for word in several if len(word) >= SHORT)
        return cls(f"{before}{plain}{after}", each if len(several) > 1 else ())


def like(column: str, parameter: int) -> str:
    """The SQL condition that the column has the words: by the number of their pattern's
    parameter."""
    return f"{column} LIKE ${parameter}::text"


def number_of(words: str) -> int | None:
    """The number that was looked for, like № 17, if it is one."""
    digits = words.strip().removeprefix("№").removeprefix("#").strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 18
    return int(digits) if is_number else None
