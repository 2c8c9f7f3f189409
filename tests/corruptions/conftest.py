"""The results that the scripts' own tests read, to be corrupted."""

from tests.unit.scripts.conftest import mapped, scored

__all__ = ["mapped", "scored"]
