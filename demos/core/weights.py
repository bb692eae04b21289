"""The command line of the networks.

    python -m demos.core.weights                lists every network: origin, licence, size, state
    python -m demos.core.weights --fetch NAME   fetches one ahead of its first use
    python -m demos.core.weights --verify       checks the hashes of the files that are here
    python -m demos.core.weights --remove NAME  deletes one from the caches
    python -m demos.core.weights --push OWNER/NAME   uploads weights/ to the Hub, for checkouts without that folder

To ship another network: one line in `networks/catalogue.py`, and `record_shipped` once its file lies in `weights/`.
"""

import argparse
import sys
from collections.abc import Sequence

from demos.core.errors import DemoError
from demos.core.hub import client, explain
from demos.core.networks import catalogue
from demos.core.networks import files as network_files


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 0, or 1 after an error or a damaged file."""
    parser = argparse.ArgumentParser(
        prog="python -m demos.core.weights", description="Lists the networks: origin, licence, size, state."
    )
    names = ", ".join(catalogue.NETWORKS)
    parser.add_argument("--fetch", metavar="NAME", help=f"fetch one ahead of its first use: {names}")
    parser.add_argument("--verify", action="store_true", help="check the hashes of the files that are here")
    parser.add_argument("--remove", metavar="NAME", help="delete one from the caches")
    parser.add_argument("--push", metavar="OWNER/NAME", help="upload weights/ with its cards to the Hub")
    options = parser.parse_args(arguments)
    try:
        if options.remove:
            for path in network_files.remove(options.remove):
                print(f"removed {path}")
        if options.fetch:
            for part in network_files.parts(options.fetch):
                print(network_files.path(part, _ProgressLine(part.name)))
        if options.verify:
            return _verify()
        if options.push:
            print(push(options.push))
        if not (options.fetch or options.remove or options.push):
            print(table())
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0


def table() -> str:
    """All networks, one per line, in columns."""
    rows = [("network", "state", "size", "licence", "origin", "for")]
    for network in catalogue.NETWORKS.values():
        pinned, bytes_ = network.origin, network_files.size(network)
        origin = f"{pinned.repo}@{pinned.revision[:8]}" if pinned else "trained here"
        size = explain.megabytes(bytes_) if bytes_ else "-"
        rows.append((network.name, network_files.state(network), size, network.licence, origin, network.purpose))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _verify() -> int:
    """Prints a line for each network; 1 when a file that is here is not what it should be."""
    damaged = 0
    for network in catalogue.NETWORKS.values():
        path = network_files.find(network)
        if path is None:
            print(f"{network.name}: not here")
            continue
        wrong = network_files.integrity_error(path, network) or network_files.companions_error(path)
        damaged += wrong is not None
        print(f"{network.name}: {f'damaged, {wrong}' if wrong else 'sound'}: {path}")
    return 1 if damaged else 0


def push(repo: str) -> str:
    """Uploads weights/ with its cards to a repository on the Hub, made if need be, and gives its address.

    Files put into weights/ by hand stay here: they are not ours. `HIDDEN_LAYERS_HUB` or `catalogue.HUB` names the
    repository to a checkout without weights/.

    Raises:
        DemoError: a file is not the one whose hash is noted, or the Hub refuses.
    """
    from huggingface_hub import HfApi

    for network in catalogue.NETWORKS.values():
        path = network_files.in_weights(network)
        if network.origin is None and path.is_file():
            wrong = network_files.integrity_error(path, network) or network_files.companions_error(path)
            if wrong:
                raise DemoError(f"{path}: {wrong}. Nothing was uploaded.")
    by_hand = [network_files.in_weights(network).name for network in catalogue.NETWORKS.values() if network.origin]
    api = HfApi()
    try:
        api.create_repo(repo, exist_ok=True)
        api.upload_folder(
            repo_id=repo,
            folder_path=network_files.SHIPPED,
            ignore_patterns=by_hand,
            commit_message="The networks of Hidden Layers",
        )
    except ValueError as error:  # no such name can be
        raise DemoError(f"{repo!r} is no repository's name ({error}). Write OWNER/NAME.") from error
    except client.FAILURES as error:
        raise DemoError(f"Nothing was uploaded. {explain.explain(error, repo, 'the folder')}") from error
    return f"{api.endpoint}/{repo}"


class _ProgressLine:
    """Progress on stderr: a line that changes in a terminal, a line for every tenth elsewhere (in a log)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tenth = -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        line = f"{self.name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB ({10 * tenth} %)"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif tenth != self.tenth:
            print(line, file=sys.stderr, flush=True)
        self.tenth = tenth


if __name__ == "__main__":
    sys.exit(main())
