"""What is said of a trained model is whole, or refused by the file's name."""

import json

import pytest

from singmap.models.provenance import read_provenance
from singmap.runtime.errors import InputError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "valid JSON"),
        ("[]", "no design, n_bins, weights_sha256"),
        ('{"design": {}, "n_bins": 10}', "no weights_sha256"),
    ],
)
def test_damaged_provenance_is_named_and_refused(tmp_path, text, message):
    path = tmp_path / "provenance.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as refused:
        read_provenance(path)
    assert refused.value.where == str(path)


def test_all_that_is_said_is_read(tmp_path):
    said = {"design": {}, "n_bins": 10, "weights_sha256": "0", "seed": 3}
    (tmp_path / "provenance.json").write_text(json.dumps(said))
    assert read_provenance(tmp_path / "provenance.json") == said
