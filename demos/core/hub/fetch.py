"""Whether the Hub may be asked, and how a file comes from there."""

from huggingface_hub import constants

_offline = False


def set_offline(offline: bool) -> None:
    """With True, the Hub is not asked for anything until set_offline(False): the app's --offline."""
    global _offline
    _offline = offline


def is_offline() -> bool:
    """Whether --offline or HF_HUB_OFFLINE forbids asking the Hub."""
    return _offline or constants.HF_HUB_OFFLINE
