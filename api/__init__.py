"""The panel's HTTP side: FastAPI over both stores, and the built dashboard's files."""
