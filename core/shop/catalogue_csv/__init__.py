"""A shop's catalogue as a CSV file: exported, compared with the catalogue as a plan, and
imported."""
