"""The Hub over HTTP: what it states of a file, a byte range of it in spite of broken connections, all of it.

Everything goes through huggingface_hub's own client, so that tokens, proxies and `HF_ENDPOINT` work here as
in every other program. Added is what the library does not do: a byte range of a large file (documented at
https://huggingface.co/docs/safetensors/metadata_parsing) that resumes where the connection broke.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import (
    FileMetadataError,
    HfHubHTTPError,
    HTTPError,  # of the client library beneath: httpx, from huggingface_hub 2 on httpx2
)
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status, tqdm

from demos.core.hub import explain

WAITS = (0.5, 1.0, 2.0, 4.0)  # seconds before the second, third, ... attempt
LONGEST_WAIT = 15.0  # seconds; a Hub that wants a longer rest (Retry-After) is passed on to the visitor
ENOUGH_PROGRESS = 1_000_000  # bytes; an attempt that brought as many is not counted as failed
PASSING = (408, 429, 500, 502, 503, 504)  # HTTP statuses that another attempt may cure
FAILURES = (HTTPError, OSError)  # what the client and the disk raise

Progress = Callable[[int, int], None]  # bytes done, bytes in total


class RangeIgnored(Exception):
    """The server answers a request for a byte range with the whole file: take the whole file, then."""


@dataclass(frozen=True)
class FileState:
    """What the Hub states of a file at one revision, before a byte of it is taken."""

    url: str
    sha256: str  # of the whole file: the linked ETag of a large file; of a small one the ETag is a git hash
    size: int | None  # bytes


def file_state(repo: str, file: str, revision: str) -> FileState:
    """Asks for the file's hash and size (one HEAD request)."""
    url = hf_hub_url(repo, file, revision=revision)
    failed = 0
    while True:
        try:
            stated = get_hf_file_metadata(url, headers=build_hf_headers())
            if stated.commit_hash is None or stated.etag is None:  # a hotel's login page answers 200, too
                raise FileMetadataError(f"{url} is not answered by a Hub")
            return FileState(url, stated.etag, stated.size)
        except HfHubHTTPError as error:  # and no other: where no network is, the visitor hears so at once
            _wait_or_raise(error, failed)
            failed += 1


def read_range(url: str, first: int, last: int) -> Iterator[bytes]:
    """Yields the bytes first ... last (inclusive) in order, each once, however often the connection breaks.

    Raises:
        RangeIgnored: the server cannot send a part of a file.
        HTTPError: several attempts in a row failed (see `explain`).
    """
    failed = 0
    while first <= last:
        before = first
        problem: Exception | None = None
        try:
            for chunk in _get_range(url, first, last):
                first += len(chunk)
                yield chunk
        except HTTPError as error:
            problem = error
        if first - before >= ENOUGH_PROGRESS:
            failed = 0
        elif problem is not None or first == before:
            _wait_or_raise(problem or OSError("the server sent nothing"), failed)
            failed += 1


def _get_range(url: str, first: int, last: int) -> Iterator[bytes]:
    """One request for a range. May stop early: a server is free to send less than it was asked for."""
    # Compressed answers have no byte ranges of the file, and some CDNs then answer with all of it.
    headers = build_hf_headers() | {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    # The client follows the redirect to the storage host and leaves the token behind when the host changes.
    with get_session().stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
        hf_raise_for_status(answer)
        answered = answer.headers.get("Content-Range", "")
        if answer.status_code != 206 or not answered.startswith(f"bytes {first}-"):
            raise RangeIgnored(f"{url} sends {answered or 'everything'} when asked for bytes {first}-{last}")
        wanted = last - first + 1
        for chunk in answer.iter_bytes():  # as they arrive, not gathered: a break then loses none of them
            yield chunk[:wanted]
            wanted -= len(chunk)
            if wanted <= 0:
                return


def whole_file(repo: str, file: str, revision: str, progress: Progress, size: int) -> Path:
    """Fetches a file of `size` bytes into the Hub's own cache, where other programs find it too."""
    progress(0, size)

    class Bar(tqdm):
        """The library reports to a class in tqdm's form; this one draws nothing and passes the count on."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self.done = options.get("initial") or 0
            super().__init__(*args, **(options | {"disable": True}))

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            progress(self.done, max(self.done, size))

        def update_transfer(self, received: int) -> None:
            """Its presence tells the chunk store (Xet), which counts bytes twice, that one bar will do."""

    try:
        return Path(hf_hub_download(repo, file, revision=revision, tqdm_class=Bar))
    except RuntimeError as error:  # how the library's chunk store (Xet) says that the connection failed
        raise ConnectionError(str(error)) from error


def _wait_or_raise(error: Exception, failed: int) -> None:
    """Waits before the next attempt; raises `error` when there is none, or when the wait would be long."""
    if isinstance(error, HfHubHTTPError) and error.response.status_code not in PASSING:
        raise error
    if failed >= len(WAITS):
        raise error
    seconds = explain.retry_after(error)
    seconds = WAITS[failed] if seconds is None else seconds
    if seconds > LONGEST_WAIT:
        raise error
    Event().wait(seconds)
