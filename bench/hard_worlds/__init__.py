"""People who hide among people who look alike: weeks of one shop's events, with the truth.

    python -m bench.hard_worlds --seed 7 --out /tmp/world

Made from a description of such people alone (docs/fraud-worlds.md), without knowledge of the rules
that shall find them.
"""
