"""How similar two pictures look: a proof is recognised even if photographed or cropped a little."""

from typing import IO

from core.shop.file_contents import decode, open_picture

# How many of 64 bits may differ between two copies of one picture. Pictures of different things
# differ in about 32; screenshots of one bank's receipts in 10 and more.
NEAR = 6
_BITS = 64


def fingerprint(file: IO[bytes]) -> int:
    """The perceptual hash (DCT) of a picture: 64 bits, as a signed number for PostgreSQL's bigint.

    Decodes the picture: call it in a thread. Raises FileRefused if it is not a picture.
    """
    # The API's image has no such package: only bots compare pictures.
    import imagehash  # pylint: disable=import-outside-toplevel  # see above

    image = open_picture(file)
    image.draft("L", (256, 256))
    decode(image)
    bits = int(str(imagehash.phash(image)), 16)
    file.seek(0)
    return bits - (1 << _BITS) if bits >> (_BITS - 1) else bits


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return ((one ^ other) & ((1 << _BITS) - 1)).bit_count()
