"""A real local Hub: an HTTP/1.1 server that huggingface_hub's own client talks to as it does to the real one.

    with Hub({"owner/name": {"model.safetensors": b"..."}}) as hub:
        subprocess.run([...], env=hub.environment(home))  # a fresh process, as a user would start it
        hub.use(monkeypatch, home)                        # or this one, whose client has read HF_ENDPOINT
        hub.sent["model.safetensors"]                     # bytes of the file that went out

Uploads (create_repo, upload_folder) are taken, too: what a commit holds is served from then on.

Large files are answered as by the real service: a redirect to a storage address of another host name, with
the file's size and hash in its headers. Faults are switched on by attributes and used up by requests.
"""

import base64
import hashlib
import json
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import numpy as np

COMMIT = "b8d8aa2dd860af9233c8c67385a8097fd6c35d3f"  # the only revision there is; "main" leads to it
CHUNK = 1 << 16  # bytes written at a time


class Source(Protocol):
    """A file to serve: bytes in memory, on disk, or computed as they are asked for."""

    size: int

    def read(self, start: int, count: int) -> bytes: ...

    def sha256(self) -> str: ...


class Bytes:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, start: int, count: int) -> bytes:
        return self.data[start : start + count]

    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    status: int = 0


@dataclass
class Hub:
    """The server; its attributes may be changed between requests."""

    repos: Mapping[str, Mapping[str, bytes | Path | Source]]
    redirect_from: int = 1_000_000  # bytes; larger files come from the storage address
    token: str | None = None  # a private Hub: 401 without this token
    user: str = "visitor"  # whose token it is
    private: dict[str, bool] = field(default_factory=dict)  # made by uploads: whether for own eyes only
    state_etag: str | None = None  # stated in place of the file's true hash
    refuse_range: bool = False  # answers 200 with all of the file to a Range request
    longest_answer: int | None = None  # bytes; a range is cut to as many (206 allows that)
    faults_from: int = 10_000  # bytes; the two faults below spare shorter answers (a file's header)
    ranges_run_on: bool = False  # answers a range with all that follows, too
    breaks: list[int] = field(default_factory=list)  # the next answers end after so many bytes
    stalls: list[int] = field(default_factory=list)  # the next answers fall silent after so many bytes
    damaged: int = 0  # so many of the next answers have a wrong byte in the middle
    failures: list[tuple[int, dict[str, str]] | None] = field(default_factory=list)  # for the next requests; None: no
    login_page: bool = False  # answers everything with a page of its own, as a hotel's network does
    sent: Counter[str] = field(default_factory=Counter)  # bytes of each file that went out
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files: dict[tuple[str, str], Source] = {}
        self.names = set(self.repos)
        for repo, files in self.repos.items():
            for name, content in files.items():
                data = content.read_bytes() if isinstance(content, Path) else content
                self.files[repo, name] = Bytes(data) if isinstance(data, bytes) else data
        self._lock = threading.Lock()
        self.closing = threading.Event()

    def __enter__(self) -> "Hub":
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self, home: Path, **more: str) -> dict[str, str]:
        """The environment of a process whose Hub is this one and whose cache is `home`."""
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}
        no_proxy = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        return keep | no_proxy | {"HF_ENDPOINT": self.url, "HF_HOME": str(home)} | more

    def use(self, monkeypatch, home: Path) -> None:
        """Makes this the Hub of this very process until the test ends."""
        use(monkeypatch, self.url, home)

    def asked(self, method: str = "", path: str = "") -> list[Request]:
        """The requests so far with this method and this text in their path, less the client's own chatter."""
        return [
            request
            for request in self.requests
            if method in request.method and path in request.path and not request.path.startswith("/api/agent-harnesses")
        ]

    def count(self, name: str, sent: int) -> None:
        with self._lock:
            self.sent[name] += sent

    def take(self, name: str) -> Any:
        """One off a counter of faults, or off the front of a list of them; 0 when none is left."""
        with self._lock:
            value = getattr(self, name)
            if isinstance(value, list):
                return value.pop(0) if value else 0
            setattr(self, name, max(0, value - 1))
            return value


def use(monkeypatch, url: str, home: Path) -> None:
    """Turns this process's client, which read HF_ENDPOINT at import, to the Hub at `url` and a cache `home`."""
    from huggingface_hub import close_session, constants

    settings = {
        "ENDPOINT": url,
        "HUGGINGFACE_CO_URL_TEMPLATE": url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_HUB_OFFLINE": False,
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    close_session()  # the next one reads those two


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every small answer waits 40 ms
    hub: Hub

    def do_GET(self) -> None:
        self._note()
        if self.hub.login_page:
            return self._body("login.html", Bytes(b"<h1>Welcome! Room number?</h1>"))
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/storage/"):
            repo, name = path.removeprefix("/storage/").split("//")
            return self._body(name, self.hub.files[repo, name])
        if path == "/api/whoami-v2":
            if self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
                return self._short(401)
            return self._json({"type": "user", "name": self.hub.user, "orgs": []})
        about = re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/[^/]+)?", path)
        if about and about[1] in self.hub.names:
            return self._json({"id": about[1], "sha": COMMIT, "siblings": []})
        resolved = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if not resolved:
            return self._short(404)
        if failure := self.hub.take("failures"):
            return self._short(failure[0], failure[1])
        if self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            return self._short(401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."})
        repo, revision, name = resolved.groups()
        if repo not in self.hub.names:
            return self._short(404, {"X-Error-Code": "RepoNotFound"})
        if revision not in (COMMIT, "main"):
            return self._short(404, {"X-Error-Code": "RevisionNotFound"})
        if (repo, name) not in self.hub.files:
            return self._short(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        file = self.hub.files[repo, name]
        stated = {"X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if file.size < self.hub.redirect_from:
            stated["ETag"] = f'"{self.hub.state_etag or file.sha256()}"'
            return self._body(name, file, stated)
        stated["X-Linked-Size"] = str(file.size)
        stated["X-Linked-ETag"] = f'"{self.hub.state_etag or file.sha256()}"'
        # Another host name: the client must neither ask it for metadata nor send it the token.
        stated["Location"] = f"http://localhost:{self.hub.port}/storage/{repo}//{name}"
        return self._short(302, stated)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """The part of the Hub that takes uploads: makes a repository, and keeps what a commit holds."""
        self._note()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            return self._short(401)
        path = unquote(urlsplit(self.path).path)
        if path == "/api/validate-yaml":  # of a card's header
            return self._json({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked.get('organization') or self.hub.user}/{asked['name']}"
            self.hub.names.add(repo)
            self.hub.private[repo] = bool(asked.get("private") or asked.get("visibility") == "private")
            return self._json({"url": f"{self.hub.url}/{repo}", "name": repo})
        uploaded = re.fullmatch(r"/api/models/([^/]+/[^/]+)/(preupload|commit)/main", path)
        if not uploaded or uploaded[1] not in self.hub.names:
            return self._short(404)
        repo, what = uploaded.groups()
        if what == "preupload":
            files = [file["path"] for file in json.loads(body)["files"]]
            return self._json({"files": [{"path": f, "uploadMode": "regular", "shouldIgnore": False} for f in files]})
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                content = base64.b64decode(entry["value"]["content"])
                self.hub.files[repo, entry["value"]["path"]] = Bytes(content)
        return self._json({"commitUrl": f"{self.hub.url}/{repo}/commit/1", "commitOid": COMMIT, "success": True})

    def _json(self, content: object) -> None:
        self._body("an answer", Bytes(json.dumps(content).encode()), {"Content-Type": "application/json"})

    def _body(self, name: str, file: Source, headers: Mapping[str, str] | None = None) -> None:
        """The file, or the range of it that was asked for."""
        first, last, status = 0, file.size - 1, 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and not self.hub.refuse_range:
            first, last, status = int(asked[1]), min(last, int(asked[2] or last)), 206
            if first > last:
                return self._short(416, {"Content-Range": f"bytes */{file.size}"})
            if self.hub.ranges_run_on:
                last = file.size - 1
            if self.hub.longest_answer:
                last = min(last, first + self.hub.longest_answer - 1)
        count = last - first + 1
        self._start(status)
        for header, value in (headers or {}).items():
            self.send_header(header, value)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{file.size}")
        self.send_header("Content-Length", str(count))
        self.end_headers()
        if self.command == "HEAD":
            return
        large = count >= self.hub.faults_from
        stall = self.hub.take("stalls") if large else 0
        until = min(count, stall or self.hub.take("breaks") or count) if large else count
        spoiled = count // 2 if large and self.hub.take("damaged") else -1
        try:
            for start in range(0, until, CHUNK):
                data = file.read(first + start, min(CHUNK, until - start))
                if start <= spoiled < start + len(data):
                    at = spoiled - start
                    data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
                self.hub.count(name, len(data))  # before the client can have it, and a test look
                self.wfile.write(data)
            if stall:
                self.hub.closing.wait(60)
            if until < count:
                self.connection.shutdown(socket.SHUT_WR)  # what was written arrives, and then no more
                self.close_connection = True
        except (BrokenPipeError, ConnectionResetError):  # the client had enough
            self.close_connection = True

    def _short(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        """An answer without a file."""
        self._start(status)
        for header, value in (headers or {}).items():
            self.send_header(header, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _note(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.request_noted = Request(self.command, self.path, headers)
        self.hub.requests.append(self.request_noted)

    def _start(self, status: int) -> None:
        self.request_noted.status = status
        self.send_response(status)

    def log_message(self, *_: object) -> None:
        pass


# ---- VGG16 as the Hub has it ----

CONVOLUTIONS = {
    0: (3, 64),
    2: (64, 64),
    5: (64, 128),
    7: (128, 128),
    10: (128, 256),
    12: (256, 256),
    14: (256, 256),
}
CONVOLUTIONS |= {
    17: (256, 512),
    19: (512, 512),
    21: (512, 512),
    24: (512, 512),
    26: (512, 512),
    28: (512, 512),
}


def vgg16_shapes(divide: int = 1) -> dict[str, tuple[int, ...]]:
    """Names and shapes of timm's vgg16.tv_in1k; with `divide`, the same names with smaller widths."""

    def width(channels: int) -> int:
        return channels if channels == 3 else channels // divide

    shapes: dict[str, tuple[int, ...]] = {}
    for index, (before, after) in CONVOLUTIONS.items():
        shapes[f"features.{index}.weight"] = (width(after), width(before), 3, 3)
        shapes[f"features.{index}.bias"] = (width(after),)
    hidden = 4096 // divide
    shapes |= {"pre_logits.fc1.weight": (hidden, width(512), 7, 7), "pre_logits.fc1.bias": (hidden,)}
    shapes |= {"pre_logits.fc2.weight": (hidden, hidden, 1, 1), "pre_logits.fc2.bias": (hidden,)}
    shapes |= {"head.fc.weight": (1000, hidden), "head.fc.bias": (1000,)}
    return shapes


class ComputedFile:
    """A safetensors file of float32 tensors, computed as they are asked for: 553 MB take no room.

    Each tensor repeats a stretch of noise, scaled so that the network's activations neither grow nor fade (He
    et al., 2015): a network built from it computes sensible numbers. The layout is the safetensors library's.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        # A prime period: neighbouring filters never get the same values.
        self.noise = np.random.default_rng(16).uniform(-1, 1, 262_139).astype(np.float32)
        self.shapes = {name: shapes[name] for name in sorted(shapes)}
        entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
        self.begins: dict[str, int] = {}
        end = 0
        for name, shape in self.shapes.items():
            self.begins[name], end = end, end + 4 * int(np.prod(shape))
            entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [self.begins[name], end]}
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        self.header = len(text).to_bytes(8, "little") + text
        self.size = len(self.header) + end
        self._sha256 = ""

    def values(self, name: str, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Values start ... stop of the tensor, flat, float32."""
        shape = self.shapes[name]
        count = int(np.prod(shape))
        scale = np.sqrt(6 / np.prod(shape[1:])) if len(shape) > 1 else 0.01  # uniform in +-sqrt(6 / inputs)
        offset = 7919 * list(self.shapes).index(name)
        indices = np.arange(start, count if stop is None else stop)
        return self.noise[(indices + offset) % len(self.noise)] * np.float32(scale)

    def tensor(self, name: str) -> np.ndarray:
        """The whole tensor, in its shape."""
        return self.values(name).reshape(self.shapes[name])

    def read(self, start: int, count: int) -> bytes:
        stop = min(start + count, self.size)
        pieces = [self.header[start:stop]]
        start, stop = max(0, start - len(self.header)), stop - len(self.header)
        for name, begin in self.begins.items():
            end = begin + 4 * int(np.prod(self.shapes[name]))
            first, last = max(start, begin), min(stop, end)
            if first < last:  # whole values that cover the bytes, then the bytes
                low, high = (first - begin) // 4, -(-(last - begin) // 4)
                data = self.values(name, low, high).tobytes()
                pieces.append(data[first - begin - 4 * low : last - begin - 4 * low])
        return b"".join(pieces)

    def sha256(self) -> str:
        """Computed at the first call and kept (a few seconds for all of VGG16)."""
        if not self._sha256:
            digest = hashlib.sha256()
            for start in range(0, self.size, 1 << 22):
                digest.update(self.read(start, 1 << 22))
            self._sha256 = digest.hexdigest()
        return self._sha256
