"""A packed classifier into a repository of the visitor's own on the Hub, with a token that is used for this once.

The token goes into the requests' headers and nowhere else: not into a file, a log, an environment or an error's words.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from demos.core.errors import DemoError
from demos.core.hub import client, explain, fetch

REPO = re.compile(r"([\w][\w.-]{0,95}/)?[\w][\w.-]{0,95}", re.ASCII)
TOKEN = re.compile(r"[A-Za-z0-9_.-]{8,200}", re.ASCII)


@dataclass(frozen=True)
class Uploaded:
    """Where it is now."""

    url: str
    private: bool


def upload(bundle: Path, repo: str, token: str, private: bool = True) -> Uploaded:
    """What is in the zip as files of a model repository, which is made where there is none.

    Args:
        bundle: what `bundle.pack` wrote.
        repo: NAME, or OWNER/NAME for an organisation.
        token: of the visitor, allowed to write.

    Raises:
        DemoError: no such name or token can be, the app is offline, or the Hub refuses; never with the token in it.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, constants

    repo, token = repo.strip().strip("/"), token.strip()
    check(repo, token)
    try:
        api = HfApi(endpoint=constants.ENDPOINT, token=token)
        if "/" not in repo:
            repo = f"{api.whoami()['name']}/{repo}"
        api.create_repo(repo, private=private, exist_ok=True)
        # The zip was written here a moment ago: its names are ours.
        with zipfile.ZipFile(bundle) as archive:
            files = [CommitOperationAdd(name, archive.read(name)) for name in archive.namelist()]
        api.create_commit(repo, files, commit_message="A classifier taught in Hidden Layers")
    except client.FAILURES as error:
        raise DemoError(_without(token, _told(error, repo))) from None
    except Exception as error:  # with nothing of what it says: it may name the request
        raise DemoError(
            f"The upload failed ({type(error).__name__}). Nothing of the token was kept; try again."
        ) from None
    return Uploaded(f"{constants.ENDPOINT}/{repo}", private)


def check(repo: str, token: str) -> None:
    """Raises DemoError where no repository or token can be called so, or the app may not ask the Hub."""
    if fetch.is_offline():
        raise DemoError("This app was started offline, so nothing is sent to the Hub. Start it without --offline.")
    if not REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise DemoError("The repository needs a name of letters, digits, - and _ . Type one, for example: my-fruit.")
    if not token:
        raise DemoError(
            "There is no token. Make one that may write at huggingface.co (Settings, Access Tokens), and paste it."
        )
    if not TOKEN.fullmatch(token):
        raise DemoError("This is no token of the Hub: those are letters and digits behind hf_. Paste it once more.")


def _told(error: Exception, repo: str) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return (
            f"The Hub refuses the token for {repo} ({status}). It must be one that may write, of the account that the "
            "repository is to belong to. Make one under Settings, Access Tokens, and paste it."
        )
    return f"Nothing was uploaded. {explain.explain(error, repo, 'the upload')}"


def _without(token: str, words: str) -> str:
    return words.replace(token, "(the token)")
