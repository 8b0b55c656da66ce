"""From events to figures: Dagster assets, one folder a domain."""
