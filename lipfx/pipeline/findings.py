"""Owns what a run found in a clip, in few words; must not know how it was found or what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lipfx.core.values import Float64, Frame, FrameFaces
from lipfx.masks.mouth import visibility
from lipfx.pipeline.options import Watch

DOUBTED = 0.5
"""Confidence below which a followed face counts as doubtful: its lips are likelier wrong than right."""
BETTER = 1.1
"""By how much more of lips a frame has to show to be the best one so far: few frames are in a clip."""
PAUSE = 0.5
"""Seconds by which doubtful frames may be apart and still make one stretch."""
SHORTEST = 0.2
"""Seconds that a stretch has to last to be worth a look: a blink of doubt is what smoothing is for."""


@dataclass
class Findings(Watch):
    """Takes note of every frame with its faces, in order.

    frames: how many. seconds: that they last together. sightings: faces in all of them. tracks: the ids that
    were seen. best: time in seconds of the frame that shows most of lips, the surest and largest mouth; None
    before a face was seen.
    """

    frames: int = 0
    seconds: float = 0.0
    sightings: int = 0
    tracks: set[int] = field(default_factory=set)
    best: float | None = None
    _best_size: float = 0.0
    _stretches: dict[int, list[list[float]]] = field(default_factory=dict)

    def see(self, frame: Frame, faces: FrameFaces) -> None:
        lasts = float(frame.duration * frame.time_base)
        self.frames += 1
        self.seconds += lasts
        self.sightings += len(faces.faces)
        for face in faces.faces:
            self.tracks.add(face.track_id)
            size = visibility(face.confidence) * _width(face.box)
            if size > BETTER * self._best_size:
                self.best, self._best_size = faces.time, size
            if face.confidence < DOUBTED:
                self._doubt(face.track_id, faces.time, faces.time + lasts)

    def _doubt(self, track_id: int, start: float, end: float) -> None:
        stretches = self._stretches.setdefault(track_id, [])
        if stretches and start - stretches[-1][1] <= PAUSE:
            stretches[-1][1] = end
        else:
            stretches.append([start, end])

    @property
    def doubtful(self) -> dict[int, list[tuple[float, float]]]:
        """By track id, the stretches, in seconds, in which a face is followed whose lips are hardly seen."""
        long = {
            track_id: [(round(a, 3), round(b, 3)) for a, b in stretches if b - a >= SHORTEST]
            for track_id, stretches in self._stretches.items()
        }
        return {track_id: stretches for track_id, stretches in long.items() if stretches}

    @property
    def spans(self) -> list[tuple[float, float]]:
        """The same of all tracks in the order of time, each once."""
        return sorted({span for spans in self.doubtful.values() for span in spans})


def _width(box: Float64) -> float:
    return float(box[2] - box[0])
