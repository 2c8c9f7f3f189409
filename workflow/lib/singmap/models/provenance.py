"""The JSON beside a trained model's weights, which says how they came about and what rebuilds the model.

Without PyTorch, whose import takes longer than all that a table of provenances needs.
"""

from pathlib import Path
from typing import Any

from singmap.files.storage import read_json
from singmap.runtime.errors import REBUILD, InputError

MODEL_KEYS = ("design", "n_bins", "weights_sha256")  # what rebuilding a model needs


def read_provenance(path: str | Path) -> dict[str, Any]:
    """Read the JSON beside a model's weights; raises InputError when it lacks one of MODEL_KEYS."""
    content = read_json(path)
    provenance: dict[str, Any] = content if isinstance(content, dict) else {}
    missing = [key for key in MODEL_KEYS if key not in provenance]
    if missing:
        raise InputError(str(path), f"keys {', '.join(MODEL_KEYS)}", f"no {', '.join(missing)}", REBUILD)
    return provenance
