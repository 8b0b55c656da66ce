"""What a file is, judged by its content: never by its name or by what its sender claims."""

import codecs
from dataclasses import dataclass
from typing import IO, Literal

from PIL import Image, UnidentifiedImageError

from core.errors import Refused
from core.events import Bilingual

Kind = Literal["picture", "document", "proof"]

MIB = 1024 * 1024
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# Telegram accepts no photo beyond these: the sum of its sides, and the ratio of one side to the
# other.
_SIDES, _RATIO = 10_000, 20
PIXELS = 25_000_000  # decoded, 100 MB of memory
_HEAD = 64 * 1024
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The limits of a kind: bytes, and media types if not any."""

    size: int
    media_types: frozenset[str] | None
    named: Bilingual


LIMITS: dict[Kind, Limit] = {
    "picture": Limit(
        10 * MIB,
        frozenset(_PICTURES.values()),
        Bilingual("картинка JPEG, PNG или WebP", "a picture: JPEG, PNG or WebP"),
    ),
    "document": Limit(50 * MIB, None, Bilingual("файл", "a file")),
    "proof": Limit(
        10 * MIB,
        frozenset(_PICTURES.values()) | {"application/pdf"},
        Bilingual("картинка или PDF", "a picture or a PDF"),
    ),
}


class FileRefused(Refused):
    """The file is not of the wanted kind; `explained` says so in both languages."""

    code = "file_refused"

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file turned out to be; for a picture, its sides in pixels."""

    size: int
    media_type: str
    width: int | None = None
    height: int | None = None


def too_large(kind: Kind) -> FileRefused:
    """The refusal of a file larger than its kind may be."""
    size = LIMITS[kind].size // MIB
    return FileRefused(
        Bilingual(f"Файл больше {size} МБ: пришлите меньший.", f"It is over {size} MB: send less.")
    )


def examine(file: IO[bytes], kind: Kind) -> Contents:
    """Determines what a file is, and rewinds it. Decodes pictures, which takes a moment: call it in
    a thread. Raises FileRefused."""
    limit = LIMITS[kind]
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise FileRefused(Bilingual("Файл пустой.", "The file is empty."))
    if size > limit.size:
        raise too_large(kind)
    media_type = _media_type(file.read(_HEAD))
    file.seek(0)
    if limit.media_types is not None and media_type not in limit.media_types:
        raise _not_of(limit)
    if kind == "document" or media_type not in _PICTURES.values():
        return Contents(size, media_type)
    return _examine_picture(file, size, limit)


def _media_type(head: bytes) -> str:
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return media_type
    try:
        # The last character that was read may be incomplete.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if b"\0" in head else "text/plain"


def _not_of(limit: Limit) -> FileRefused:
    return FileRefused(
        Bilingual(f"Здесь нужна {limit.named.ru}.", f"What is needed is {limit.named.en}.")
    )


def open_picture(file: IO[bytes]) -> Image.Image:
    """A picture that is safe to decode; raises FileRefused if it is not a picture or has too many
    pixels."""
    try:
        image = Image.open(file, formats=tuple(_PICTURES))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _damaged() from error
    if image.width * image.height > PIXELS:
        raise _too_many_pixels()
    return image


def decode(image: Image.Image) -> None:
    """Decodes the picture; raises FileRefused if it is damaged."""
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise _damaged() from error


def _examine_picture(file: IO[bytes], size: int, limit: Limit) -> Contents:
    image = open_picture(file)
    width, height = image.size
    if width + height > _SIDES or max(width, height) > _RATIO * min(width, height):
        raise FileRefused(
            Bilingual(
                f"Картинка {width} × {height}: стороны вместе не больше {_SIDES}, "
                f"и одна не длиннее другой в {_RATIO} раз.",
                f"The picture is {width} × {height}: its sides may be {_SIDES} together, and "
                f"one no longer than {_RATIO} times the other.",
            )
        )
    media_type = _PICTURES[image.format or ""]
    if limit.media_types is not None and media_type not in limit.media_types:
        raise _not_of(limit)
    image.draft("L", (64, 64))  # a JPEG is decoded small
    decode(image)
    file.seek(0)
    return Contents(size, media_type, width, height)


def _too_many_pixels() -> FileRefused:
    most = PIXELS // 1_000_000
    return FileRefused(
        Bilingual(
            f"В картинке больше {most} мегапикселей.", f"The picture is over {most} megapixels."
        )
    )


def _damaged() -> FileRefused:
    return FileRefused(
        Bilingual("Картинка повреждена.", "The picture is damaged: it cannot be opened.")
    )
