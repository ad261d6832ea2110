"""Owns the mean face that looks are measured against; must not know how networks are trained.

python -m training.looks --data DATA       writes lipfx/persons/mean_look.npy anew, in a minute
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from lipfx.core import helen56
from lipfx.core.geometry import mouth_pose
from lipfx.core.sampling import sample
from lipfx.core.values import Float32
from lipfx.persons.look import MEAN, SIDE, portrait_affine, portrait_shown, traits
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.crops import face_pose
from lipfx.video.stills.images import to_frame
from training.corpus import Corpus, discover
from training.data import Truth
from training.unseen import usual_box


def all_traits(corpus: Corpus, cascade: Cascade) -> Iterator[Float32]:
    """The traits of all faces in training pictures, as the locator sees their eyes."""
    for entry in (e for samples in corpus.samples for e in samples if e.truth is not Truth.NONE):
        frame = to_frame(entry.read(), 0)
        mouth = mouth_pose(entry.lips)
        pose = face_pose(usual_box(mouth), mouth.angle)
        located = cascade.locate(frame, [pose])[0]
        if located.eyes is not None and located.confidence > 0.5:
            affine = portrait_affine(located.eyes, entry.lips[helen56.OUTER].mean(0))
            shown = portrait_shown(affine, frame.width, frame.height)
            yield np.concatenate(traits(sample(frame, affine, SIDE), shown))


def main(data: Annotated[Path, typer.Option(help="Folder of data sets side by side.")]) -> None:
    """Writes the mean of all training faces' traits."""
    found = discover(data)
    corpus = Corpus(found.sets, found.test_names, None, Path("unused"), seed=0)
    seen = list(all_traits(corpus, Cascade.load(device="cpu")))
    np.save(MEAN, np.mean(seen, axis=0, dtype=np.float64).astype(np.float32))
    typer.echo(f"{MEAN}: the mean of {len(seen)} faces")


if __name__ == "__main__":
    typer.run(main)
