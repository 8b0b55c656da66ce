"""Pages of products."""

import pytest

from core.shop.catalogue import total_of


@pytest.mark.parametrize(
    ("count", "size", "offset"),
    [(0, 3, 0), (2, 3, 0), (3, 3, 0), (5, 3, 3), (6, 3, 3), (6, 3, 6), (6, 3, 9)],
)
def test_a_page_tells_the_total_only_if_it_is_surely_the_last(
    count: int, size: int, offset: int
) -> None:
    found = len(range(count)[offset : offset + size])
    known = total_of(found, size, offset)
    assert known == count if 0 < found < size or not count else known is None
