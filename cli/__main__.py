"""The entry point of the `vitrina` command."""

from cli import interrupts


def main() -> None:
    """The entry point; Ctrl-C while the packages are loading ends it cleanly, too."""
    with interrupts.ending_well():
        # pylint: disable-next=import-outside-toplevel  # to be inside of the block
        from cli.main import app

        app()


if __name__ == "__main__":
    main()
