"""The entry point of the `vitrina` command; Ctrl-C while the packages are loading ends it cleanly,
too."""

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
