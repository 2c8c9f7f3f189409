"""BSSEval v4 (SDR, ISR, SIR, SAR) as museval computes it, from correlations instead of filtered signals.

What museval does (Vincent et al. 2006; Stöter, Liutkus and Ito 2018). x_p are the channels of all
references, y_c those of one target's estimate, s_c those of its reference. Distortion filters of
L = 512 taps are fitted once, over the whole track with its tail: C = (G + eps I)^-1 D projects y on
the delayed x_p of all references, Cj = (G_jj + eps I)^-1 D_j on those of the target j alone, where

    G[(p,k),(q,l)] = sum_n x_p[n-k] x_q[n-l]        D[(p,k),c] = sum_n x_p[n-k] y_c[n].

Each score frame is then cut out in isolation and filtered to win + L - 1 samples. With P = C * x and
Pj = Cj * x_j, in squared norms over both channels,

    SDR = |s|^2 / |y - s|^2         SIR = |Pj|^2 / |P - Pj|^2
    ISR = |s|^2 / |Pj - s|^2        SAR = |P|^2 / |y - P|^2.

What is done here. No signal is filtered: per score frame t, let rho^t_pq[k] be the lags of the references
with each other and d^t_pc[k] those with the estimate, at 0 <= k < L (`correlations`). Summed over
score frames and their boundaries they are the entries of G (block Toeplitz) and D. The energy of the
references filtered by any f_pc is the quadratic form

    E_t(f) = sum_pq sum_k w_k a_pq[k] rho^t_pq[k],    a_pq[k] = sum_c sum_m f_pc[m+k] f_qc[m],

w_0 = 1 and w_k = 2 otherwise: one matrix product for all score frames and filters. With delta, the filter
that passes s through,

    |Pj - s|^2 = E(Cj - delta)    |Pj|^2 = E(Cj)    |P - Pj|^2 = E(C - Cj)    |P|^2 = E(C)
    |y - P|^2 = |y|^2 - 2 sum_pck C_pc[k] d^t_pc[k] + E(C).

rho, G and its Cholesky factors depend on the references alone: `References` keeps them for all
estimates of a track. Where an energy cancels to below CANCELLATION of its terms, or lies below NOISE,
the score frame is filtered in the time domain with museval's own order of operations (`filtered_scores`).
An estimate that is its reference to the bit has rounding for errors (some 200 dB), so that only museval
itself gives museval's numbers: it is asked (`_scores_by_museval`).

As in museval, a score frame where the channels of any reference or estimate sum to zero throughout is NaN in
all metrics, a zero denominator gives infinity, and a reference or estimate that is silent throughout is a
ValueError.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.audio_pieces import blocks
from singmap.scoring.correlations import Floats, Signals, correlate, score_frame_bounds
from singmap.scoring.projection import (
    N_TAPS,
    NormalEquations,
    RoundedEquations,
    block_toeplitz,
    filtered_scores,
)

CANCELLATION = 1e-9  # of its terms' size; rounding then moves an energy by less than 1e-6 of itself
NOISE = 1e-18  # of a score frame's loudest signal; below, museval's own differences are partly rounding
DITHER = 1e-12  # energy of noise on the references, as a share of the loudest channel's: -120 dB
SPARSE_STEP = 97  # samples; any step will do
MAX_SOURCES = 100  # as in museval

Flags = NDArray[np.bool_]
Equations: TypeAlias = NormalEquations | RoundedEquations


def evaluate(
    references: ArrayLike,
    estimates: ArrayLike,
    win: float = SAMPLE_RATE_HZ,
    hop: float = SAMPLE_RATE_HZ,
    padding: bool = True,
) -> tuple[Floats, ...]:
    """Score the estimates of all sources of one track: museval.evaluate(mode="v4"), only faster.

    Parameters
    ----------
    references, estimates : (n_sources, n_samples, n_channels), any real dtype
    win, hop : samples of a score frame, and between two
    padding : cut or zero-pad the estimates to the references' length, as museval does

    Returns
    -------
    SDR, ISR, SIR, SAR : (n_sources, n_score_frames) in dB

    Raises ValueError, in museval's words, for shapes that differ and for silent sources.
    """
    true: NDArray[Any] = np.atleast_3d(references)
    found: NDArray[Any] = np.atleast_3d(estimates)
    if padding:
        found = _with_length(found, true.shape[1])
    validate(true, found)
    if true.size == 0:
        return (np.array([]),) * 4
    return tuple(References(true, win, hop).score(found))


def validate(references: Signals, estimates: Signals) -> None:
    """Raise museval's ValueErrors for shapes that differ, silent sources and too many sources."""
    if references.shape != estimates.shape or len(references.shape) != 3:
        raise ValueError(
            "The shape of estimated sources and the true sources should match. reference_sources.shape "
            f"= {references.shape}, estimated_sources.shape = {estimates.shape}"
        )
    if 0 in references.shape:
        warnings.warn("there are no samples: all scores will be empty", stacklevel=3)
        return
    if any_silent(references):
        raise ValueError(
            "All the reference sources should be non-silent (not all-zeros), but at least one of the "
            "reference sources is all 0s, which introduces ambiguity to the evaluation. (Otherwise we can "
            "add infinitely many all-zero sources.)"
        )
    if any_silent(estimates):
        raise ValueError(
            "All the estimated sources should be non-silent (not all-zeros), but at least one of the "
            "estimated sources is all 0s. Since we require each reference source to be non-silent, having a "
            "silent estimated source will result in an underdetermined system."
        )
    if len(references) > MAX_SOURCES:
        raise ValueError(f"expected at most {MAX_SOURCES} sources, found {len(references)}")


def any_silent(signals: Signals) -> bool:
    """Whether the channels of any source (n_sources, n_samples, n_channels) sum to zero throughout."""
    # The sum, because museval asks for that: a source whose channels cancel counts as silent there.
    is_silent = np.ones(signals.shape[0], dtype=bool)
    for block in blocks(signals.shape[1]):
        piece = signals[:, block]
        sparse = piece[:, ::SPARSE_STEP]  # rules silence out for most signals, and costs little
        for part in (sparse, piece):
            if is_silent.any():
                is_silent &= np.all(sum(np.moveaxis(part, 2, 0)) == 0, axis=1)
    return bool(is_silent.any())


class References:
    """The references of one track with all that can be known before there is an estimate.

    signals : (n_sources, n_samples, n_channels); win and hop in samples
    """

    def __init__(self, signals: Signals, win: float = SAMPLE_RATE_HZ, hop: float = SAMPLE_RATE_HZ):
        self.signals, self._win, self._hop = signals, win, hop
        self.n_sources, n_samples, self.n_channels = signals.shape
        self.score_frames = score_frame_bounds(n_samples, win, hop)
        self._is_silent = self._silent_score_frames(signals)
        lags, whole = self._correlate(signals)
        self._energy = np.einsum("tjcjck->jtk", lags)[..., 0]  # lag 0 of each channel with itself
        lags[..., 1:] *= 2  # w_k: negative lags count as much as positive ones
        self._weighted_lags = lags.reshape(len(lags), -1)
        self._gram = block_toeplitz(whole.reshape(*(2 * [self.n_sources * self.n_channels]), N_TAPS))

    def score(self, estimates: Signals) -> Floats:
        """Scores (4, n_sources, n_score_frames) in dB of estimates as long as the references."""
        validate(self.signals, estimates)
        scores = self._score(estimates, self._sums(estimates), self._equations)
        return self._scores_by_museval(estimates) if self._holds_reference(estimates) else scores

    def score_and_movement(self, estimates: Signals) -> tuple[Floats, Floats]:
        """Scores, and by how much they move in dB (at most) under changes that nobody hears.

        The changes are DITHER, noise on all channels of the references, which adds to the diagonal of G,
        and other roundings of G. What moves is no property of the estimate: filters that are fitted to
        references without energy in some band have gains there without bound, near-mono references leave a
        direction of the filters to rounding, and the artefacts of an estimate that is a sum of references
        are nothing else.
        """
        validate(self.signals, estimates)
        sums = self._sums(estimates)
        scores = self._score(estimates, sums, self._equations)
        movement = np.zeros_like(scores)
        for equations in (self._dithered_equations, self._rounded_equations):
            with np.errstate(invalid="ignore"):  # infinity minus infinity
                change = np.abs(self._score(estimates, sums, equations) - scores)
            movement = np.fmax(movement, change)
        return self._scores_by_museval(estimates) if self._holds_reference(estimates) else scores, movement

    @cached_property
    def _equations(self) -> list[Equations]:
        return [NormalEquations(gram) for gram in self._grams()]

    @cached_property
    def _dithered_equations(self) -> list[Equations]:
        return [NormalEquations(gram, DITHER) for gram in self._grams()]

    @cached_property
    def _rounded_equations(self) -> list[Equations]:
        return [RoundedEquations(gram) for gram in self._grams()]

    def _grams(self) -> Iterator[Floats]:
        """G of each source's own channels, and last that of all."""
        yield from (self._gram[rows, rows] for rows in map(self._rows, range(self.n_sources)))
        yield self._gram

    def _sums(self, estimates: Signals) -> "_EstimateSums":
        is_silent = self._is_silent | self._silent_score_frames(estimates)
        return _EstimateSums(*self._correlate(estimates), self._estimate_energy(estimates), is_silent)

    def _score(self, estimates: Signals, sums: "_EstimateSums", equations: list[Equations]) -> Floats:
        every, own = self._filters(sums.whole, equations)
        scores, is_cancelled = self._ratios(sums.energy, sums.lags, every, own)
        is_silent = sums.is_silent
        for source, score_frame in np.argwhere(is_cancelled & ~is_silent):
            piece = slice(*self.score_frames[score_frame])
            scores[:, source, score_frame] = filtered_scores(
                self.signals[:, piece], estimates[source, piece], source, every[source], own[source, source]
            )
        scores[:, :, is_silent] = np.nan
        return scores

    def _correlate(self, signals: Signals) -> tuple[Floats, Floats]:
        """Lags with the references, (score frames, sources, channels, sources, channels, taps), and whole."""
        x, y = _ChannelsFirst(self.signals), _ChannelsFirst(signals)
        by_score_frame, whole = correlate(x, y, self.score_frames, N_TAPS)
        shape = (*(2 * [self.n_sources, self.n_channels]), N_TAPS)
        return by_score_frame.reshape(-1, *shape), whole.reshape(shape)

    def _filters(self, whole: Floats, equations: list[Equations]) -> tuple[Floats, Floats]:
        """C and Cj of all: (sources of estimates, sources, channels, N_TAPS, channels of estimates)."""
        # D as the rows of G go, (source, channel, tap), with the channels of all estimates as columns: one
        # factor serves them all.
        right_side = np.moveaxis(whole, 4, 2).reshape(-1, self.n_sources * self.n_channels)
        shape = (-1, self.n_channels, N_TAPS, self.n_sources, self.n_channels)
        every = np.moveaxis(equations[-1].solve(right_side).reshape(shape), 3, 0)
        own = np.zeros_like(every)
        for source in range(self.n_sources):
            solutions = equations[source].solve(right_side[self._rows(source)]).reshape(shape)
            own[source, source] = solutions[0, :, :, source]
        return every, own

    def _ratios(
        self, estimate_energy: Floats, lags: Floats, every: Floats, own: Floats
    ) -> tuple[Floats, Flags]:
        """Scores (4, n_sources, n_score_frames), and where they cancel too far, of all but the first axis."""
        sources = np.arange(self.n_sources)
        through = np.zeros_like(own)
        through[sources, sources, :, 0, :] = np.eye(self.n_channels)  # delta: each channel by its first tap
        filtered, size = self._filtered_energies(np.stack([own - through, own, every - own, every]))
        with_reference = np.einsum("tjcjck->jtk", lags)[..., 0]
        with_projection = np.einsum("tscjdk,jsckd->jt", lags, every, optimize=True)
        # What the sums would be if nothing cancelled: rounding is a share of that, not of what is left.
        projection_size = np.einsum("tscjdk,jsckd->jt", np.abs(lags), np.abs(every), optimize=True)
        distortion = estimate_energy - 2 * with_reference + self._energy
        artefacts = estimate_energy - 2 * with_projection + filtered[3]
        energies = np.stack([distortion, artefacts, *filtered])
        terms = np.stack(
            [estimate_energy + self._energy, estimate_energy + 2 * projection_size + size[3], *size]
        )
        loudest = np.max([estimate_energy, self._energy, filtered[1], filtered[3]], axis=0)
        cancelled = np.any((energies <= CANCELLATION * terms) | (energies <= NOISE * loudest), axis=0)
        numerators = np.stack([self._energy, self._energy, filtered[1], filtered[3]])
        denominators = np.stack([distortion, filtered[0], filtered[2], artefacts])
        # What is zero or negative here has cancelled: `_score` replaces it by the time domain's number.
        with np.errstate(divide="ignore", invalid="ignore"):
            return 10 * np.log10(numerators / denominators), cancelled

    def _filtered_energies(self, filters: Floats) -> tuple[Floats, Floats]:
        """E_t of filters (n, sources of estimates, sources, channels, taps, channels of estimates).

        Returns energies (n, n_sources, n_score_frames) and the sums of their terms' moduli.
        """
        n_filters = filters.shape[0] * filters.shape[1]
        taps = np.swapaxes(filters, -1, -2).reshape(n_filters, -1, self.n_channels, N_TAPS)
        spectra = scipy.fft.rfft(taps, 2 * N_TAPS)  # twice the taps, so that no lag wraps around
        products = np.einsum("fpcn,fqcn->fpqn", spectra, spectra.conj(), optimize=True)
        correlations = scipy.fft.irfft(products, 2 * N_TAPS)[..., :N_TAPS].reshape(n_filters, -1)
        energies = correlations @ self._weighted_lags.T
        sizes = np.abs(correlations) @ np.abs(self._weighted_lags).T
        shape = (*filters.shape[:2], -1)
        return energies.reshape(shape), sizes.reshape(shape)

    def _holds_reference(self, estimates: Signals) -> bool:
        """Whether the estimate of any source equals its reference."""
        return any(
            all(np.array_equal(own[block], true[block]) for block in blocks(len(true)))
            for own, true in zip(estimates, self.signals, strict=True)
        )

    def _scores_by_museval(self, estimates: Signals) -> Floats:
        from museval.metrics import bss_eval  # takes seconds to import, and is rarely needed

        signals = np.asarray(self.signals), np.asarray(estimates)
        return np.stack(bss_eval(*signals, window=self._win, hop=self._hop)[:4])

    def _estimate_energy(self, estimates: Signals) -> Floats:
        """Energy (n_sources, n_score_frames) of every score frame."""
        pieces = (np.asarray(estimates[:, start:stop], dtype=np.float64) for start, stop in self.score_frames)
        return np.stack([np.einsum("jnc,jnc->j", piece, piece) for piece in pieces], axis=1)

    def _silent_score_frames(self, signals: Signals) -> Flags:
        return np.array([any_silent(signals[:, start:stop]) for start, stop in self.score_frames])

    def _rows(self, source: int) -> slice:
        n_rows = self.n_channels * N_TAPS
        return slice(source * n_rows, (source + 1) * n_rows)


@dataclass(frozen=True)
class _EstimateSums:
    """What scores need of all samples of the estimates, whatever the filters.

    lags, whole : with the references, see `_correlate`
    energy, is_silent : (n_sources, n_score_frames) and (n_score_frames,)
    """

    lags: Floats
    whole: Floats
    energy: Floats
    is_silent: Flags


class _ChannelsFirst:
    """Signals (n_sources, n_samples, n_channels) as (n_sources, n_channels, n_samples), in pieces."""

    def __init__(self, signals: Signals):
        n_sources, n_samples, n_channels = signals.shape
        self._signals, self.shape = signals, (n_sources, n_channels, n_samples)

    def __getitem__(self, key: tuple[EllipsisType, slice]) -> NDArray[Any]:
        return np.moveaxis(self._signals[:, key[1]], 2, 1)


def _with_length(signals: NDArray[Any], n_samples: int) -> NDArray[Any]:
    """Cut signals (n_sources, n_samples, n_channels) or pad them with zeros at the end."""
    missing = max(n_samples - signals.shape[1], 0)
    cut = signals[:, :n_samples]
    return np.pad(cut, [(0, 0), (0, missing), (0, 0)]) if missing else cut
