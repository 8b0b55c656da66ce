"""The API's routes, one file a noun; `api.app` puts them together."""
