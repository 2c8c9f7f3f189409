"""Reload a trained model and reproduce the validation loss that its provenance records.

    python tools/verify_checkpoint.py results/demo/models/sf/seed0

Ends with status 1 when a file is damaged, the spectra are others, or the loss differs.
"""

import argparse
import sys
from pathlib import Path

from singmap.files.unfinished import data_digest
from singmap.models.checkpoints import load_model
from singmap.models.provenance import read_provenance
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.training.evaluation import evaluate_model
from singmap.training.losses import loss_function

# Other devices and thread counts add float32 numbers in another order: differences of about 1e-7.
RELATIVE_TOLERANCE = 1.0e-5


def main(*, checkpoint: Path, spectra: Path) -> str:
    """Return a line that says both losses; raises InputError where they differ.

    `checkpoint` is the folder of one model and seed, `spectra` that of the validation spectra.
    """
    provenance = read_provenance(checkpoint / "provenance.json")
    model = load_model(checkpoint / "weights.safetensors", checkpoint / "provenance.json")
    cache = SpectraCache(spectra)
    digest = data_digest(cache.mixture, cache.target)
    if digest != provenance["valid_data"]:
        expected = f"the validation spectra that the model was trained with ({provenance['valid_data']})"
        raise InputError(str(spectra), expected, digest)
    recorded = provenance["valid_loss"]
    loss = evaluate_model(model, cache, loss_function(provenance["settings"]["loss"])).loss
    if not abs(loss - recorded) <= RELATIVE_TOLERANCE * recorded:
        raise InputError(str(checkpoint), f"the recorded validation loss {recorded:.9g}", f"{loss:.9g}")
    return f"{checkpoint}: validation loss {loss:.9g}, recorded {recorded:.9g}: reproduced"


def command(arguments: list[str] | None = None) -> int:
    """Run from a shell; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path, help="folder <results>/models/<model>/seed<seed>")
    parser.add_argument("--spectra", type=Path, help="default: <results>/spectra/valid")
    chosen = parser.parse_args(arguments)
    spectra = chosen.spectra or chosen.checkpoint.resolve().parents[2] / "spectra" / "valid"
    try:
        print(main(checkpoint=chosen.checkpoint, spectra=spectra))
    except (InputError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(command())
