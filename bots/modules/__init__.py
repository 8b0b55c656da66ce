"""One folder = one feature that an owner switches on. Modules never import each other."""
