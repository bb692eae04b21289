"""What programs ask of this tab: the functions behind its endpoints, for notebooks too."""

from __future__ import annotations
