"""A receiver of webhooks on loopback with scripted answers."""

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Endpoint:
    """Answers with ``script`` in turn, then with ``answer``; an answer below 100 is a silence in seconds."""

    url: str = ""
    script: list[float] = field(default_factory=list)
    answer: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"missing field"
    drip: float = 0.0
    """Seconds between the bytes of an endless answer; 0 for a complete answer at once."""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [headers["X-Returns-Risk-Event"] for headers, _ in self.requests]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: Endpoint


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint.requests.append((dict(self.headers), body))
        answer = endpoint.script.pop(0) if endpoint.script else endpoint.answer
        if answer < 100:
            time.sleep(answer)
            self.close_connection = True
            return
        if endpoint.drip:
            self.drip(int(answer), endpoint.drip)
            return
        self.send_response(int(answer))
        for name, value in endpoint.headers.items():
            self.send_header(name, value)
        content = b"" if answer == 204 else endpoint.body
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def drip(self, answer: int, seconds: float) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            for byte in f"HTTP/1.1 {answer} Slow\r\nX-Slow: {'x' * 60_000}".encode():
                self.wfile.write(bytes([byte]))
                time.sleep(seconds)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        del format, args


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """Yield a listening receiver; with a context it speaks HTTPS."""
    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        server.endpoint = Endpoint(f"{scheme}://127.0.0.1:{server.server_port}/returns")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.endpoint
        server.shutdown()
        thread.join()
