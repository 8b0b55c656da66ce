"""How many random examples a property is tried with.

`make test` tries the same examples each time, so that what passed today passes tomorrow;
`make test-random` tries ten times as many and new ones, and prints how to repeat a failure.
"""

from collections.abc import Collection

from hypothesis import HealthCheck, settings

_USUAL, _MANY = 100, 1000  # examples of a property that asks for no other number


def register() -> None:
    """The profiles; speed is measured in bench/, so a busy machine fails no property."""
    settings.register_profile("same", max_examples=_USUAL, deadline=None, derandomize=True)
    settings.register_profile("random", max_examples=_MANY, deadline=None, print_blob=True)
    settings.load_profile("same")


def examples(count: int, *, allow: Collection[HealthCheck] = ()) -> settings:
    """`count` examples in `make test`, ten times as many in `make test-random`."""
    most = settings().max_examples
    return settings(max_examples=count * most // _USUAL, suppress_health_check=list(allow))
