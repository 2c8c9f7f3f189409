"""A mapping matrix as a browser gets it: signed 8-bit levels in dB on cells of bins, the diagonal apart.

Bins stay single up to EXACT_TO_HZ; above they form bands of at most 1/BANDS_PER_OCTAVE octave. A cell of
several gains carries their root mean square and their mean: where the mean is smaller, gains of both signs
cancel. The diagonal is left out of both and carried bin by bin: spread over the square of a band of w bins it
would fall by 10 log10(w) dB while a dense background stayed.

A code q of a gain g is sign(g) * (1 + round((20 log10 |g| - floor) / step)), 1 to 127 in size; 0 says
that |g| lies below the floor.
"""

import base64
import zlib
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]

EXACT_TO_HZ = 3000.0
BANDS_PER_OCTAVE = 48
CODES = 127
RANGE_DB = 60.0  # from the largest gain down to the floor: steps of 0.48 dB
RANGE_MAX_DB = 110.0  # where few wild gains would push the others below the floor: steps of 0.87 dB
BELOW_MEDIAN_DB = 20.0  # what is kept below the median gain then


class CodedMatrix(TypedDict):
    """One matrix as JSON: the scale of its codes, and base64 of deflated int8 arrays.

    rms : (n_cells, n_cells), output cells down, input cells across; the sign is that of the mean
    mean : of those cells that hold several gains, row by row
    diagonal : (n_bins,)
    """

    top_db: float
    step_db: float
    rms: str
    mean: str
    diagonal: str


class CodedLevels(TypedDict):
    """Levels per bin as JSON: their scale, and base64 of deflated int8 (n_bins,)."""

    top_db: float
    step_db: float
    levels: str


@dataclass(frozen=True)
class CellGains:
    """The gains of a matrix on its cells.

    rms, mean : (n_cells, n_cells), without the diagonal in cells of several gains
    diagonal : (n_bins,)
    """

    rms: NDArray[np.float64]
    mean: NDArray[np.float64]
    diagonal: NDArray[np.float64]


def cell_starts(frequencies_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """First bin of every cell, of bins at `frequencies_hz` (n_bins,), which rise evenly from 0."""
    n_bins = len(frequencies_hz)
    exact = int(np.searchsorted(frequencies_hz, EXACT_TO_HZ, side="right"))
    starts = [*range(exact)]
    first = exact
    while first < n_bins:
        starts.append(first)
        first += max(1, int(first * (2 ** (1 / BANDS_PER_OCTAVE) - 1)))
    return np.array(starts, dtype=np.int64)


def cell_gains(matrix: NDArray[np.floating], starts: NDArray[np.int64]) -> CellGains:
    """Root mean square and mean of a matrix (n_bins, n_bins) in each cell, and its diagonal."""
    gains = np.array(matrix, dtype=np.float64)
    diagonal = gains.diagonal().copy()
    sizes = np.diff(np.append(starts, len(gains)))
    single, several = np.flatnonzero(sizes == 1), np.flatnonzero(sizes > 1)
    # Bins of wide cells lose their diagonal; cells of one bin are the diagonal.
    apart = np.repeat(sizes > 1, sizes)
    np.fill_diagonal(gains, np.where(apart, 0.0, diagonal))
    counts = np.outer(sizes, sizes).astype(np.float64)
    counts[several, several] -= sizes[several]
    rms = np.sqrt(_summed(np.square(gains), starts) / counts)
    mean = _summed(gains, starts) / counts
    # One gain is its own root mean square, to the last digit.
    rms[np.ix_(single, single)] = np.abs(mean[np.ix_(single, single)])
    return CellGains(rms, mean, diagonal)


def encode_matrix(matrix: NDArray[np.floating], starts: NDArray[np.int64]) -> CodedMatrix:
    """Code a matrix (n_bins, n_bins), outputs down and inputs across, on cells that begin at `starts`."""
    cells = cell_gains(matrix, starts)
    top_db, step_db = _scale(np.concatenate([cells.rms.ravel(), cells.diagonal]))
    signed = np.copysign(cells.rms, cells.mean)
    several = _holds_several(starts, len(cells.diagonal))
    return {
        "top_db": top_db,
        "step_db": step_db,
        "rms": pack(_codes(signed, top_db, step_db)),
        "mean": pack(_codes(cells.mean[several], top_db, step_db)),
        "diagonal": pack(_codes(cells.diagonal, top_db, step_db)),
    }


def decode_matrix(coded: CodedMatrix, starts: NDArray[np.int64]) -> CellGains:
    """The gains that the codes stand for, to half a step; 0 below the floor."""
    top_db, step_db = coded["top_db"], coded["step_db"]
    signed, several_means, diagonal = (
        _gains(unpack(coded[part]), top_db, step_db) for part in ("rms", "mean", "diagonal")
    )
    mean = signed.reshape(len(starts), len(starts)).copy()
    rms = np.abs(mean)
    mean[_holds_several(starts, len(diagonal))] = several_means
    return CellGains(rms, mean, diagonal)


def encode_levels(levels: NDArray[np.floating]) -> CodedLevels:
    """Code levels per bin, as of a mean spectrum (n_bins,)."""
    values = np.asarray(levels, dtype=np.float64)
    top_db, step_db = _scale(values)
    return {"top_db": top_db, "step_db": step_db, "levels": pack(_codes(values, top_db, step_db))}


def decode_levels(coded: CodedLevels) -> NDArray[np.float64]:
    """The levels (n_bins,) that the codes stand for."""
    return _gains(unpack(coded["levels"]), coded["top_db"], coded["step_db"])


def _summed(gains: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    rows = np.add.reduceat(gains, starts, axis=0)
    summed: NDArray[np.float64] = np.add.reduceat(rows, starts, axis=1)
    return summed


def _holds_several(starts: NDArray[np.int64], n_bins: int) -> NDArray[np.bool_]:
    """Which cells of the matrix (n_cells, n_cells) hold more than one gain."""
    wide = np.diff(np.append(starts, n_bins)) > 1
    several: NDArray[np.bool_] = wide[:, None] | wide
    return several


def _scale(gains: NDArray[np.float64]) -> tuple[float, float]:
    """Level of the largest gain and step of the codes, both in dB."""
    sizes = np.abs(gains[gains != 0])
    if not len(sizes):
        return 0.0, RANGE_DB / (CODES - 1)
    levels_db = 20 * np.log10(sizes)
    top_db = float(levels_db.max())
    wanted_db = top_db - float(np.median(levels_db)) + BELOW_MEDIAN_DB
    return top_db, float(np.clip(wanted_db, RANGE_DB, RANGE_MAX_DB)) / (CODES - 1)


def _codes(gains: NDArray[np.float64], top_db: float, step_db: float) -> Codes:
    with np.errstate(divide="ignore"):
        below_top = np.round((20 * np.log10(np.abs(gains)) - top_db) / step_db)
    sizes = np.clip(CODES + below_top, 0, CODES)
    codes: Codes = (np.sign(gains) * sizes).astype(np.int8)
    return codes


def _gains(codes: Codes, top_db: float, step_db: float) -> NDArray[np.float64]:
    signed = codes.astype(np.float64)
    levels_db = top_db + (np.abs(signed) - CODES) * step_db
    gains: NDArray[np.float64] = np.sign(signed) * 10 ** (levels_db / 20)
    return gains


def pack(codes: Codes) -> str:
    """Codes as base64 of their deflated bytes, which a browser undoes by itself."""
    return base64.b64encode(zlib.compress(codes.tobytes(), 9)).decode("ascii")


def unpack(text: str) -> Codes:
    """The codes that were packed, in one row."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.int8)
