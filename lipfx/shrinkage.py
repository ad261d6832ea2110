"""Owns fitting values over time, as much of them as is no noise; must not know what the values are.

A local polynomial in time (Savitzky and Golay, 1964) whose higher orders are shrunk towards nothing where
they explain no more than noise would (James and Stein, 1961).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.types import Float64


@dataclass(frozen=True, slots=True)
class Fit:
    """How one kind of value is fitted.

    reach: seconds on either side; the weight falls to nothing there as a squared cosine. orders: degrees of
    the polynomials that are always kept, kept where slow motion shows them, and where fast motion does.
    caution: how many times the noise the higher orders must explain before they are kept at all.
    """

    reach: float
    orders: tuple[int, int, int]
    caution: float


def shrunk_fit(
    fit: Fit,
    times: Float64,
    values: NDArray[Any],
    weights: Float64,
    noise: float,
    pool: Callable[[NDArray[Any]], NDArray[Any]],
) -> NDArray[Any]:
    """The value at time 0 of (n, d) `values` at (n,) `times` in seconds, fitted as `fit` says.

    weights: (n,) trust in each row. noise: the deviation below which differences count for nothing. pool:
    averages (d,) evidence over those of the d values that move together.
    """
    kind = values.dtype
    u = times / fit.reach
    trust = np.cos(np.pi / 2 * u) ** 2 * weights
    aside = min(int((times < 0).sum()), int((times > 0).sum()))
    top = min(fit.orders[2], max((len(times) - 1) // 2, 2 * aside - 2))
    root = np.sqrt(trust)[:, None]
    basis, triangle = np.linalg.qr(np.vander(u, top + 1, increasing=True) * root)
    here = np.linalg.solve(triangle.T, np.eye(top + 1)[0])
    rows = root.astype(kind) * values
    coefficients = basis.T.astype(kind) @ rows
    always = min(fit.orders[0], top) + 1
    result = here[:always].astype(kind) @ coefficients[:always]
    spread = (basis**2 * trust[:, None]).sum(0)
    left = np.maximum((rows**2).sum(0) - (coefficients**2).sum(0), 0)
    variance = pool(left) / max(trust.sum() - spread.sum(), 1e-9) + noise**2
    for low, high in zip(fit.orders, fit.orders[1:], strict=False):
        part = slice(low + 1, min(high, top) + 1)
        if part.start < part.stop:
            explained = pool((coefficients[part] ** 2).sum(0)) / spread[part].sum()
            kept = np.maximum(1 - fit.caution * variance / np.maximum(explained, 1e-12), 0)
            result = result + (kept * (here[part].astype(kind) @ coefficients[part])).astype(kind)
    return np.asarray(result)
