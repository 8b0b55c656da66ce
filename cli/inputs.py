"""Files that a command is given to read."""

from pathlib import Path

from core.errors import ConfigurationError


def content_of(file: Path) -> bytes:
    """The file's bytes; raises ConfigurationError, which names the file, if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error


def text_of(file: Path) -> str:
    """The text of a UTF-8 file; raises ConfigurationError, which names the file, if it has none."""
    try:
        return content_of(file).decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is no UTF-8 text: save it as UTF-8") from error
