"""A reverse proxy as teachers' servers have one: the app under a path of a host, the path taken off on the way."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FOR_ONE_CONNECTION = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@contextmanager
def at(path: str, behind: str) -> Iterator[str]:
    """The public address of what answers at `behind`; anything outside of `path` is 404."""

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            if not self.path.startswith(path):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(urlsplit(behind).netloc, timeout=60)
            connection.request(self.command, self.path.removeprefix(path) or "/", body, dict(self.headers))
            answer = connection.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in FOR_ONE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while part := answer.read1(65536):  # as it comes: what a run says is a stream
                self.wfile.write(part)
                self.wfile.flush()
            connection.close()

        do_GET = do_POST = do_HEAD = forward

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is for the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{path}"
        finally:
            server.shutdown()
            thread.join()
