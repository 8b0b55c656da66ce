"""Cursors of paged lists: the numbers of the last row, after which the next page begins."""

from collections.abc import Sequence

from core.errors import Refused


class CursorInvalid(Refused):
    """The cursor was not issued by this API, or for another order of the list."""

    code = "cursor_invalid"


def cursor_of(numbers: Sequence[int]) -> str:
    """The numbers as `next` of a page; none is below zero."""
    return ".".join(map(str, numbers))


def numbers_of(cursor: str, most: Sequence[int]) -> list[int]:
    """The numbers of a cursor, each at most as large as stated; raises CursorInvalid."""
    parts = cursor.split(".")
    if len(parts) == len(most) and all(part.isascii() and part.isdigit() for part in parts):
        numbers = [int(part) for part in parts if len(part) <= 20]
        if len(numbers) == len(most) and all(map(int.__le__, numbers, most)):
            return numbers
    raise CursorInvalid("after: send `next` of the page before, unchanged")
