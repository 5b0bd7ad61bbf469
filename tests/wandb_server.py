"""A stand-in for W&B's server, in memory, for the genuine client: runs and artifacts are logged and synced, runs read.

Not there: sweeps, reading artifacts back, histories, pages for a browser; a run that stops sending never crashes.
"""

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse

from wandb_content import Content, Node


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that goes without closing, as W&B's does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving() -> Iterator[Content]:
    """Serve on a free port while the block runs; ``url`` of what is yielded says where."""
    content, lock, over = Content(), threading.RLock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            path, sent = urlparse(self.path).path, self._body()
            if content.breaks_at in f"{path} {sent.decode()}":
                content.is_broken = True
            if content.is_broken:
                self._break()
                return
            with lock:
                if path == "/graphql" and sent:
                    content.keys.add(self.headers.get("Authorization") or "")
                    body = json.loads(sent)
                    self._answer({"data": content.execute(body["query"], body.get("variables") or {})})
                elif path.endswith("/file_stream"):
                    _, _, _, project, run_id, _ = path.split("/")
                    content.stream(project, run_id, json.loads(sent))
                    self._answer({"exitcode": None, "limits": {}})
                else:
                    self._answer({})

        def do_PUT(self) -> None:
            with lock:
                content.upload(unquote(urlparse(self.path).path.removeprefix("/storage/")), self._body())
            self._answer({})

        def _break(self) -> None:
            """Refuse for ever; status 0 is no answer, until the test is over."""
            if content.broken_status:
                self.send_response(content.broken_status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                over.wait()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

        def _answer(self, answer: Node) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = _Server(("127.0.0.1", 0), Handler)
    content.url = content.artifacts.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield content
    finally:
        over.set()
        server.shutdown()
        server.server_close()
