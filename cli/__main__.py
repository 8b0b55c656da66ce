"""Where the `vitrina` command begins: Ctrl-C ends it in good order while it still loads, too."""

import sys


def main() -> None:
    """The entry point."""
    try:
        # pylint: disable-next=import-outside-toplevel  # to be inside of the `try`
        from cli.main import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("vitrina: stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
