"""Writes the world of a seed into a folder: `python -m bench.hard_worlds --seed 7 --out DIR`."""

import argparse
from collections import Counter
from datetime import datetime
from pathlib import Path

from bench.hard_worlds import __doc__ as description
from bench.hard_worlds.files import write
from bench.hard_worlds.generate import DAYS, ENDS, generate
from bench.running import parser


def _arguments() -> argparse.Namespace:
    asked = parser(description)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--ends", type=datetime.fromisoformat, default=ENDS, help="with an offset")
    asked.add_argument("--days", type=int, default=DAYS)
    asked.add_argument("--scale", type=float, default=1.0, help="of the numbers of people")
    return asked.parse_args()


def main() -> None:
    """Writes it, and prints how many people there are of each kind."""
    given = _arguments()
    world = generate(given.seed, ends=given.ends, days=given.days, scale=given.scale)
    write(world, given.out)
    print(
        f"{sum(len(each.deeds) for each in world.people):,} events of {len(world.people):,} people"
    )
    for kind, people in sorted(Counter(each.kind for each in world.people).items()):
        print(f"{kind:16}{people:>6}")


if __name__ == "__main__":
    main()
