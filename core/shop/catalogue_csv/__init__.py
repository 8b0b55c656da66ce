"""A shop's catalogue as a CSV file: written, planned against what there is, and taken in."""
