"""The service `vitrina api`."""

import socket

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.geography import Geography
from api.resources import key_ring
from core.http_server import HttpServer, run_until_signal
from core.modules import Modules
from core.prompt_protocol import PromptProtocol
from core.settings import Settings

STOP_SECONDS = 3  # what is still being sent after that is cut


class PanelServer(HttpServer):
    """Uvicorn, whose end does not wait for streams that never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.resources.hub.close()
        await super().shutdown(sockets)


def make_server(settings: Settings, *, modules: Modules | None = None) -> PanelServer:
    """The server with its app (modules None: all that exist), not running yet; raises
    ConfigurationError."""
    key_ring(settings)
    Geography(settings.geography_file).close()
    return server_of(create_app(settings, modules_=modules))


def server_of(app: FastAPI) -> PanelServer:
    """The server of an app as its settings say, not running yet."""
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http=PromptProtocol,
        ws="none",
        lifespan="on",
        log_config=None,  # core.log has set the loggers up
        access_log=settings.log_level == "debug",
        server_header=False,
        proxy_headers=False,  # the app itself does it, for the configured proxies only
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return PanelServer(config, app)


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; ends within a few seconds, also with open streams.

    Raises ConfigurationError for missing keys, SystemExit if a store or the port is not to be had.
    """
    run_until_signal(make_server(settings))
