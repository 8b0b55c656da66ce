"""A shop's modules made up for tests: `Modules.discover("tests.toy")` finds them."""
