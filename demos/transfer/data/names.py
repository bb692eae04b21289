"""Names of classes, as visitors type them."""

import re

from demos.core.errors import DemoError


def clean_name(name: str) -> str:
    """A class name as it is shown: no control characters, single spaces, 1 to 60 characters."""
    cleaned = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in name)).strip()
    if not cleaned:
        raise DemoError("A class needs a name. Type one, for example: my cat.")
    if len(cleaned) > 60:
        raise DemoError(f"{cleaned[:20]}... is {len(cleaned)} characters long; a class name has at most 60.")
    return cleaned
