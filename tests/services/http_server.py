"""git's http-backend behind a small web server that asks for a password."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


class HttpServer:
    """Serves the repositories of a folder to people with a password.

    Attributes
    ----------
    port : int
    """

    def __init__(self, folder: Path, **passwords: str) -> None:
        words = {base64.b64encode(f"{who}:{word}".encode()).decode(): who
                 for who, word in passwords.items()}  # fmt: skip

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                who = words.get(self.headers.get("Authorization", "").removeprefix("Basic "))
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                if who is None:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="registry"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self._answer(*_backend(self, folder, who, body))

            do_POST = do_GET

            def _answer(self, head: bytes, body: bytes) -> None:
                fields = [line.split(": ", 1) for line in head.decode().splitlines()]
                status = dict(fields).get("Status", "200 OK")
                self.send_response(int(status.split()[0]))
                for name, value in fields:
                    if name != "Status":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _backend(
    request: BaseHTTPRequestHandler, folder: Path, who: str, body: bytes
) -> tuple[bytes, bytes]:
    path, _, query = request.path.partition("?")
    said = {
        "GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
        "QUERY_STRING": query, "REQUEST_METHOD": request.command, "REMOTE_USER": who,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""), "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }  # fmt: skip
    done = subprocess.run(
        ["git", "http-backend"], input=body, capture_output=True, env={**os.environ, **said},
        check=True,
    )  # fmt: skip
    head, _, answer = done.stdout.partition(b"\r\n\r\n")
    return head, answer
