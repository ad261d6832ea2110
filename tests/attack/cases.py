"""Owns which command line meets which damaged input; must not know how it is run or judged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.attack import mutators, tools
from tests.attack.material import FRAMES, HELEN, PRESETS, PTS, TOML, Material
from tests.attack.mutators import Rng

READ = "read"
"""In place of a command of lipfx: training's own readers, `read KIND FILE`."""

CHOICES = (
    *("--set", "--start", "--end", "--stream", "--probe-timeout", "--min-confidence", "--faces", "--face-at"),
    *("--face-like", "--person", "--tracks", "--weights", "--shape-predictor", "--detector", "--device"),
    *("--codec", "--crf", "--pix-fmt", "--preset", "--encoder-args", "--on-effect-error", "--chain"),
    *("--bits", "--kind", "--count", "--layout", "--grid", "--frames", "--log-json", "--quiet", "--force"),
)
FLAGS = {"--log-json", "--quiet", "--force"}
CHAINS = ("lipstick", "mask", "blur", "lipstick:shade=ruby,finish=gloss+liner", "teeth-whiten+gloss")


@dataclass(frozen=True)
class Case:
    """words: after `lipfx`, in the folder `out` beside `in`. source: what is read, of which as many frames
    and as much sound as there are have to come out. whole: frames that it had before it was cut.
    """

    kind: str
    how: str
    words: tuple[str, ...]
    source: Path | None = None
    whole: int = 0
    path: str | None = None
    """PATH of the run, where tools are in it that fail."""


class Drawer:
    """Puts the files of one case into its folder, and makes its command line."""

    def __init__(self, material: Material, rng: Rng, folder: Path) -> None:
        self._from, self._rng, self._in = material, rng, folder / "in"
        self._in.mkdir(parents=True)
        self.out = folder / "out"
        self.out.mkdir()

    def draw(self) -> Case:
        """A case of a kind that is drawn by how much there is to damage."""
        kinds: tuple[tuple[Callable[[], Case], int], ...] = (
            (self._media, 34),
            (self._picture, 18),
            (self._tracks, 14),
            (self._toml, 8),
            (self._weights, 6),
            (self._options, 10),
            (self._labels, 4),
            (self._tools, 6),
        )
        weights = [weight / sum(w for _, w in kinds) for _, weight in kinds]
        return kinds[int(self._rng.choice(len(kinds), p=weights))][0]()

    def _one(self, values: tuple[str, ...]) -> str:
        return values[int(self._rng.integers(len(values)))]

    def _damaged(self, source: Path, set_: tuple[mutators.Mutator, ...] = mutators.BYTES) -> tuple[Path, str]:
        data, how = mutators.mutated(source.read_bytes(), self._rng, set_)
        target = self._in / source.name
        target.write_bytes(data)
        return target, how

    def _log(self) -> tuple[str, ...]:
        return ("--log-json",) if self._rng.random() < 0.3 else ()

    def _media(self) -> Case:
        suffix = self._one(tuple(self._from.clips))
        source, how = self._damaged(self._from.clips[suffix])
        whole = FRAMES if how == "truncated" and suffix not in (".mpg", ".gif") else 0
        return Case(f"media {suffix}", how, (*self._job(source), *self._log()), source, whole)

    def _job(self, source: Path) -> tuple[str, ...]:
        """A command that reads a clip, mostly `apply`."""
        return (
            ("apply", self._one(CHAINS), str(source), "o.mp4"),
            ("apply", self._one(CHAINS), str(source), "o.mkv"),
            ("apply", "lipstick", str(source), f"o{source.suffix if source.suffix != '.gif' else '.webm'}"),
            ("masks", str(source), "o"),
            ("track", str(source), "o.jsonl"),
            ("preview", "lipstick", str(source), "o.png"),
        )[int(self._rng.integers(6))]

    def _picture(self) -> Case:
        suffix = self._one(tuple(self._from.pictures))
        source, how = self._damaged(self._from.pictures[suffix])
        words = (
            ("apply", "lipstick", str(source), f"o{suffix}"),
            ("apply", "lipstick", str(source), "o.png"),
            ("masks", str(source), "o"),
            ("masks", str(source.parent), "o"),
            ("apply", "lipstick", str(self._from.pictures[".png"]), "o.png", "--face-like", str(source)),
            ("apply", f"lipstick:from='{source}'", str(self._from.pictures[".png"]), "o.png"),
        )[int(self._rng.integers(6))]
        return Case(f"picture {suffix}", how, (*words, *self._log()))

    def _tracks(self) -> Case:
        tracks, how = self._damaged(self._from.tracks, mutators.JSON_LINES)
        source = self._from.clips[".mp4"]
        force = ("--force",) if self._rng.random() < 0.5 else ()
        words = (
            ("apply", "lipstick", str(source), "o.mp4"),
            ("masks", str(source), "o"),
            ("preview", "lipstick", str(source), "o.png"),
        )[int(self._rng.integers(3))]
        return Case("tracks", how, (*words, "--tracks", str(tracks), *force, *self._log()), source)

    def _toml(self) -> Case:
        picture = str(self._from.pictures[".png"])
        presets = self._rng.random() < 0.5
        whole = self._in / ("presets.toml" if presets else "chain.toml")
        whole.write_bytes(PRESETS if presets else TOML)
        damaged, how = self._damaged(whole, mutators.TEXTS)
        if not presets:
            return Case("toml chain", how, ("apply", picture, "o.png", "--chain", str(damaged)))
        if self._rng.random() < 0.5:
            return Case("toml preset", how, ("apply", f"{damaged}:soft", picture, "o.png"))
        shutil.move(damaged, self.out / "lipfx-presets.toml")
        return Case("toml around", how, ("apply", self._one(("soft", "lipstick")), picture, "o.png"))

    def _weights(self) -> Case:
        folder = self._in / "weights"
        folder.mkdir()
        files = tuple(path.name for path in self._from.weights.iterdir() if path.suffix != ".md")
        chosen = self._one(files)
        for name in files:
            if name != chosen:
                (folder / name).symlink_to(self._from.weights / name)
        data, how = mutators.mutated((self._from.weights / chosen).read_bytes(), self._rng, mutators.BYTES)
        (folder / chosen).write_bytes(data)
        picture = str(self._from.pictures[".png"])
        return Case(f"weights {chosen}", how, ("track", picture, "o.jsonl", "--weights", str(folder)))

    def _options(self) -> Case:
        still = self._rng.random() < 0.6
        source = str(self._from.pictures[".png"] if still else self._from.clips[".mp4"])
        words = [
            ["apply", "lipstick", source, "o.png" if still else "o.mp4"],
            ["masks", source, "o"],
            ["track", source, "o.jsonl"],
            ["preview", "lipstick", source, "p.png"],
            ["effects", "describe", "lipstick"],
            ["doctor"],
        ][int(self._rng.choice(6, p=(0.5, 0.15, 0.15, 0.1, 0.07, 0.03)))]
        how = []
        if words[0] in ("apply", "preview") and self._rng.random() < 0.5:
            words[1] = self._chain()
            how.append("chain")
        elif self._rng.random() < 0.15 and len(words) > 2:
            words[2 if words[0] in ("apply", "preview") else 1] = self._one(mutators.WORDS)
            how.append("input")
        for _ in range(int(self._rng.integers(0 if how else 1, 4))):
            option = self._one(CHOICES)
            words.append(option)
            if option not in FLAGS:
                words.append(self._one(mutators.WORDS))
            how.append(option)
        return Case("options", " ".join(how), tuple(word.replace("\0", "") for word in words))

    def _chain(self) -> str:
        if self._rng.random() < 0.5:
            return self._one(mutators.WORDS)
        data, _ = mutators.mutated(self._one(CHAINS).encode(), self._rng, (mutators.token_changed,))
        return data.decode("utf-8", "replace").replace("\0", "")

    def _labels(self) -> Case:
        whole: dict[str, bytes] = {
            "helen": HELEN.encode(),
            "pts": PTS.encode(),
            "labels": self._from.labels.read_bytes(),
        }
        kind = self._one(tuple(whole))
        path = self._in / (f"{kind}.png" if kind == "labels" else f"{kind}.txt")
        path.write_bytes(whole[kind])
        path, how = self._damaged(path, mutators.BYTES if kind == "labels" else mutators.TEXTS)
        return Case(f"label {kind}", how, (READ, kind, str(path)))

    def _tools(self) -> Case:
        source = self._from.clips[self._one((".mp4", ".mkv", ".avi"))]
        how, path = tools.put(self.out.parent / "bin", self._rng)
        return Case("tools", how, (*self._job(source), *self._log()), source, path=path)
