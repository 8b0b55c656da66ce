"""Words that are looked for in names and titles, whatever their letters, accents and keyboard.

Columns that are searched so hold `latin_letters(plain_words(…))` between spaces: in Latin letters,
because the index by parts of words knows no others where the database's locale is C.
"""

from dataclasses import dataclass

SHORT = 3  # fewer characters are not in the index: they are compared with whole words


def literal(words: str) -> str:
    """The words as a pattern of LIKE that means just them."""
    for sign in "\\%_":
        words = words.replace(sign, f"\\{sign}")
    return words


@dataclass(frozen=True, slots=True)
class Sought:
    """Words, made for a condition: `like` with `literal` as the value of its parameter."""

    literal: str
    is_short: bool

    @classmethod
    def of(cls, words: str) -> "Sought | None":
        """None if there are none."""
        said = words.strip().removeprefix("@")
        return cls(literal(said), len(said) < SHORT) if said else None

    def like(self, column: str, parameter: int) -> str:
        """The SQL condition that the column has the words, which are the parameter's value."""
        before, after = ("% ", " %") if self.is_short else ("%", "%")
        value = f"latin_letters(plain_words(${parameter}::text))"
        return f"{column} LIKE '{before}' || {value} || '{after}'"


def number_of(words: str) -> int | None:
    """The number that was looked for, like № 17, if it is one."""
    digits = words.strip().removeprefix("№").removeprefix("#").strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 18
    return int(digits) if is_number else None
