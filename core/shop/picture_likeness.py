"""How similar two pictures look: a proof is recognised even if photographed or cropped a little."""

from collections.abc import Sequence
from math import cos, pi
from statistics import median
from typing import IO

from PIL.Image import Resampling

from core.shop.file_contents import decode, open_picture

# How many of 64 bits may differ between two copies of one picture. Pictures of different things
# differ in about 32; screenshots of one bank's receipts in 10 and more.
NEAR = 6
_BITS = 64
_SIDE = 32  # a picture is made as small as this, in points
_WAVES = 8  # the slowest ones of each direction
_COSINES = [
    [cos(pi * wave * (2 * place + 1) / (2 * _SIDE)) for place in range(_SIDE)]
    for wave in range(_WAVES)
]


def fingerprint(file: IO[bytes]) -> int:
    """The perceptual hash (DCT) of a picture: 64 bits, as a signed number for PostgreSQL's bigint.

    The same as ImageHash's `phash`, without SciPy, which is half as large as the image of a worker.
    Decodes the picture: call it in a thread. Raises FileRefused if it is not a picture.
    """
    image = open_picture(file)
    image.draft("L", (256, 256))
    decode(image)
    points = image.convert("L").resize((_SIDE, _SIDE), Resampling.LANCZOS).tobytes()
    rows = [points[start : start + _SIDE] for start in range(0, len(points), _SIDE)]
    across = list(zip(*(_slowest(row) for row in rows), strict=True))
    # By waves up and down, then across: the order in which ImageHash reads its bits.
    waves = [value for row in zip(*map(_slowest, across), strict=True) for value in row]
    middle = median(waves)
    bits = int("".join("1" if value > middle else "0" for value in waves), 2)
    file.seek(0)
    return bits - (1 << _BITS) if bits >> (_BITS - 1) else bits


def _slowest(values: Sequence[float]) -> list[float]:
    """The first terms of the discrete cosine transform (DCT-II) of a row of points."""
    return [
        sum(value * factor for value, factor in zip(values, cosines, strict=True))
        for cosines in _COSINES
    ]


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return ((one ^ other) & ((1 << _BITS) - 1)).bit_count()
