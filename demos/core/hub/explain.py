"""One sentence for the visitor about what went wrong between this machine and the Hub."""

import email.utils
import errno
import time

from huggingface_hub import constants
from huggingface_hub.errors import (
    FileMetadataError,
    HfHubHTTPError,
    HTTPError,  # of the client library beneath: httpx, from huggingface_hub 2 on httpx2
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
)


def explain(error: Exception, repo: str, file: str) -> str:
    """One sentence for the visitor about a failure to fetch `file`, with what can be done."""
    # The library's errors derive from OSError in part, so the particular ones are asked for first.
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, so the Hub is not asked. Unset it to fetch."
    if isinstance(error, HfHubHTTPError):
        return _explain_status(error.response.status_code, retry_after(error), repo, file)
    if isinstance(error, FileMetadataError):
        return f"{constants.ENDPOINT} does not answer like the Hub. Check HF_ENDPOINT and the proxy."
    if isinstance(error, HTTPError | LocalEntryNotFoundError | TimeoutError | ConnectionError):
        return f"{constants.ENDPOINT} cannot be reached ({_reason(error)}). Check the network and try again."
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_disk(error)
    return f"The connection to {constants.ENDPOINT} broke ({_reason(error)}). Try again."


def _explain_status(status: int, retry_after: float | None, repo: str, file: str) -> str:
    when = f" in {retry_after:.0f} s" if retry_after else " later"
    if status in (401, 403):
        return (
            f"The Hub refuses {repo} ({status}): it is private, gated, or the token is not valid. "
            "Log in with `hf auth login` or set HF_TOKEN."
        )
    if status == 404:
        return f"The Hub has no {file} at the pinned revision of {repo} (404). Please report this."
    if status == 429:
        return f"The Hub gets too many requests from here (429). Try again{when}; a token raises the limit."
    return f"The Hub cannot answer now ({status}). Try again{when}."


def _explain_disk(error: OSError) -> str:
    where = constants.HF_HOME
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"The disk is full at {where} ({error.strerror}). Free space or set HF_HOME to another disk."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where} may not be written to ({error.strerror}). Set HF_HOME to a folder of yours."
    return f"{where} cannot be used as the cache ({error.strerror}). Set HF_HOME to a folder of yours."


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].strip().rstrip(".") or type(error).__name__


def retry_after(error: Exception) -> float | None:
    """Seconds that the server asks to wait: a number or a date (RFC 9110, section 10.2.3)."""
    value = error.response.headers.get("Retry-After", "") if isinstance(error, HfHubHTTPError) else ""
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def megabytes(count: int) -> str:
    """A size for people: "59 MB", "7.7 MB" (millions of bytes, as the Hub counts)."""
    return f"{count / 1e6:.0f} MB" if count >= 9.95e6 else f"{count / 1e6:.1f} MB"
