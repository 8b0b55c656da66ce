"""Business errors: typed, with a code that the panel and the bots translate."""


class VitrinaError(Exception):
    """An error that its reader can do something about.

    `code` is stable and machine-readable, `status` is the HTTP status that the API answers with,
    and the message says in English what went wrong and what to do.
    """

    code = "error"
    status = 400

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(VitrinaError):
    code = "not_found"
    status = 404


class Conflict(VitrinaError):
    code = "conflict"
    status = 409


class ChangedMeanwhile(VitrinaError):
    """Somebody else has changed it since the version that the person saw; `etag` is that of the
    current one."""

    code = "changed_meanwhile"
    status = 412

    def __init__(self, detail: str, etag: str) -> None:
        super().__init__(detail)
        self.etag = etag


class Refused(VitrinaError):
    """The request breaks a rule of the shop (a wrong state, amount or owner)."""

    code = "refused"
    status = 422


class ConfigurationError(VitrinaError):
    """A setting is missing or wrong; the message names it."""

    code = "configuration"
    status = 500
