"""Owns how the router is fitted and how K is chosen; must not know heads or the refiner.

    python -m training router --data DATA --out OUT

A Gaussian mixture by EM (scikit-learn) on principal components of the features that enter FC5. K comes
from held-out crops: BIC and AIC of the mixture, the silhouette of its clusters (Rousseeuw, 1987), the size of
the smallest, and (in training/heads.py) the landmark error with K heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

from lipfx.core.geometry import crop_affine, mouth_pose
from lipfx.core.sampling import reduced
from lipfx.core.values import Float32
from lipfx.tcnn.crops import NETWORK_EXTENT
from lipfx.tcnn.network import BaseNetwork
from lipfx.tcnn.router import Router
from training.base import NEAR, MouthCrops
from training.loop import batches
from training.patches import MouthPatch

COMPONENTS = 12
CANDIDATES = (1, 2, 3, 4, 8, 16, 64)
LEAST_EACH = 40  # crops for each cluster, fewer fit no covariance
DRAWS = 6
SMALLEST_SHARE = 0.08
COMPARED = 4000  # crops that the silhouette is taken of


@dataclass(frozen=True, slots=True)
class Fit:
    """One candidate: K, BIC and AIC a fitted crop, log-likelihood a held-out crop, mean silhouette (-1..1;
    0 where there is one cluster), shares of the clusters.
    """

    count: int
    bic: float
    aic: float
    held_out: float
    silhouette: float
    shares: tuple[float, ...]


def collect(
    model: BaseNetwork, mouths: Sequence[MouthPatch], draws: int, seed: int, *, place: str = "entering"
) -> tuple[Float32, NDArray[np.int64]]:
    """Features of `draws` placements of each mouth, (n, 256) `entering` or (n, 100) `leaving` FC5."""
    data = MouthCrops(mouths, repeats=draws, training=False, jitter=NEAR)
    features, indices = [], []
    with torch.inference_mode():
        for batch in batches(data, 128, seed, 1, workers=0, shuffle=False):
            device = next(model.parameters()).device
            x = model.backbone(batch["image"].to(device))
            if place == "leaving":
                x = torch.tanh(model.head.fc5(x)).abs()
            features.append(x.float().cpu().numpy())
            indices.append(batch["index"].numpy())
    return np.concatenate(features), np.concatenate(indices)


def fit(features: Float32, count: int, seed: int, components: int = COMPONENTS) -> Router:
    """Principal components, then EM with full covariances."""
    pca = PCA(components, random_state=seed).fit(features)
    mixture = GaussianMixture(count, covariance_type="full", reg_covar=1e-3, n_init=3, random_state=seed)
    mixture.fit(pca.transform(features))
    return Router(pca.mean_, pca.components_, mixture.weights_, mixture.means_, mixture.precisions_cholesky_)


def log_likelihood(router: Router, features: Float32) -> float:
    """Mean log density of (n, F) features on the router's components."""
    x = (features - router.centre) @ router.components.T
    white = np.einsum("nd,kde->nke", x, router.precisions) - np.einsum(
        "kd,kde->ke", router.means, router.precisions
    )
    volume = np.log(np.diagonal(router.precisions, axis1=1, axis2=2)).sum(1)
    each = np.log(router.weights) + volume - 0.5 * (white**2).sum(2) - 0.5 * x.shape[1] * np.log(2 * np.pi)
    return float(np.logaddexp.reduce(each, axis=1).mean())


def compare(features: Float32, held: Float32, seed: int, candidates: Sequence[int] = CANDIDATES) -> list[Fit]:
    """Fits every candidate K and says what speaks for each."""
    fits = []
    for count in (c for c in candidates if c == 1 or c * LEAST_EACH <= len(features)):
        router = fit(features, count, seed)
        inside = log_likelihood(router, features)
        size = router.means.shape[1]
        free = count * (1 + size + size * (size + 1) / 2) - 1
        n = len(features)
        chosen = router.choose(features)
        shares = np.bincount(chosen, minlength=count) / n
        fits.append(
            Fit(
                count,
                float(free * np.log(n) / n - 2 * inside),
                float(2 * free / n - 2 * inside),
                log_likelihood(router, held),
                silhouette((features - router.centre) @ router.components.T, chosen, seed),
                tuple(sorted((float(s) for s in shares), reverse=True)),
            )
        )
    return fits


def silhouette(x: NDArray[Any], cluster: NDArray[np.int64], seed: int) -> float:
    """How much nearer (n, D) crops lie to their own cluster than to the next, -1..1, the mean of COMPARED."""
    pick = np.random.default_rng(seed).permutation(len(x))[:COMPARED]
    if len(np.unique(cluster[pick])) < 2:
        return 0.0
    return float(silhouette_score(x[pick], cluster[pick]))


def usable(fits: Sequence[Mapping[str, Any]]) -> list[int]:
    """The K worth training heads for: more than one state, none rarer than SMALLEST_SHARE."""
    return [f["count"] for f in fits if f["count"] > 1 and f["shares"][-1] >= SMALLEST_SHARE] or [2]


def report(fits: Sequence[Fit]) -> list[dict[str, Any]]:
    """The candidates as plain values for JSON."""
    return [asdict(f) for f in fits]


def contact_sheet(
    mouths: Sequence[MouthPatch], choice: NDArray[np.int64], count: int, path: Path, seed: int
) -> None:
    """Per cluster one row: its mean picture, then examples drawn at random."""
    rng, side, rows = np.random.default_rng(seed), 96, []
    for k in range(count):
        members = [mouths[i] for i in np.flatnonzero(choice == k).tolist()]
        cells = [_cell(m, side) for m in members]
        if not cells:
            continue
        mean = np.mean(cells, axis=0).astype(np.uint8)
        picks = [cells[i] for i in rng.permutation(len(cells))[:11]]
        blank = np.zeros_like(mean)
        rows.append(np.hstack([mean, *picks, *[blank] * (11 - len(picks))]))
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1])


def _cell(mouth: MouthPatch, side: int) -> NDArray[np.uint8]:
    affine = crop_affine(mouth_pose(mouth.lips), NETWORK_EXTENT, side)
    small, affine = reduced(mouth.image, affine)
    return np.asarray(cv2.warpAffine(small, affine, (side, side)), dtype=np.uint8)
