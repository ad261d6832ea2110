"""Owns the page for looking through a batch: one file that asks nothing of a network; must not know clips.

Pictures are within it, so that it can be sent to somebody; of very large batches only the first thousands
have some.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from lipfx.batch.naming import PAGE
from lipfx.batch.records import Record
from lipfx.batch.status import Summary
from lipfx.batch.store import Folder
from lipfx.batch.thumbnails import THUMBNAILS

MOST_PICTURES = 4000
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --doubt: #b26a00; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } nav { margin: 1rem 0; display: flex; gap: .5rem; flex-wrap: wrap; }
nav button { font: inherit; padding: .2rem .7rem; } nav button[aria-pressed=true] { font-weight: 700; }
article { display: grid; grid-template-columns: 320px 320px 1fr; gap: .8rem; padding: .8rem 0;
  border-top: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 270px; }
article[hidden] { display: none; }
img { max-width: 100%; border-radius: 4px; } figure { margin: 0; }
figcaption { opacity: .7; font-size: .8rem; } p { margin: .2rem 0; }
.name { font-weight: 600; overflow-wrap: anywhere; } .doubt { color: var(--doubt); }
.failed .outcome { color: var(--bad); font-weight: 600; }
@media (max-width: 60rem) {
  article { grid-template-columns: 1fr 1fr; } article > div { grid-column: 1 / -1; }
}
"""
_SCRIPT = """
const buttons = document.querySelectorAll("nav button");
for (const button of buttons) button.onclick = () => {
  for (const other of buttons) other.setAttribute("aria-pressed", other === button);
  for (const clip of document.querySelectorAll("article"))
    clip.hidden = button.value !== "" && !clip.classList.contains(button.value);
};
"""


def write_page(folder: Folder, records: Sequence[Record]) -> None:
    """Writes `index.html` in a batch's folder.

    Raises: OutputError when it cannot be written.
    """
    pictures = dict(_few(folder, records))
    folder.write(PAGE, page(folder.address, records, pictures).encode("utf-8", "surrogateescape"))


def page(title: str, records: Sequence[Record], pictures: Mapping[str, bytes]) -> str:
    """The page. pictures: JPEG files by `KEY-before` and `KEY-after`, where there are any."""
    counts = {
        name: sum(name in _classes(record) for record in records) for name in ("failed", "doubtful", "done")
    }
    buttons = "".join(
        f'<button value="{name}" aria-pressed="false">{name} ({count})</button>'
        for name, count in counts.items()
    )
    everything = f'<button value="" aria-pressed="true">all ({len(records)})</button>'
    heading = html.escape(PurePosixPath(title).name or title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{heading}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><h1>{heading}</h1><p>{html.escape(Summary.of(records).text())}</p>"
        f"<nav>{everything}{buttons}</nav>"
        f"{''.join(_article(record, pictures) for record in records)}<script>{_SCRIPT}</script></html>\n"
    )


def _few(folder: Folder, records: Sequence[Record]) -> Mapping[str, bytes]:
    names = [f"{record.key}-{which}" for record in records for which in ("before", "after")][:MOST_PICTURES]
    found = {name: folder.read(f"{THUMBNAILS}/{name}.jpg") for name in names}
    return {name: content for name, content in found.items() if content is not None}


def _classes(record: Record) -> list[str]:
    return [record.outcome, *(["doubtful"] if record.doubtful else [])]


def _article(record: Record, pictures: Mapping[str, bytes]) -> str:
    shown = "".join(_figure(which, pictures.get(f"{record.key}-{which}")) for which in ("before", "after"))
    name = html.escape(record.output)
    link = (
        f'<a href="{quote(record.output, errors="surrogateescape")}">{name}</a>'
        if record.outcome == "done"
        else name
    )
    lines = [
        f'<p class="name">{link}</p>',
        f'<p><span class="outcome">{record.outcome}</span> from {html.escape(record.input)}</p>',
        f"<p>{record.frames} frames, {record.faces} faces, {record.seconds:.1f} s</p>"
        if record.frames
        else "",
    ]
    if record.doubtful:
        told = "; ".join(
            f"face {track_id} at {', '.join(f'{_clock(start)} to {_clock(end)}' for start, end in stretches)}"
            for track_id, stretches in record.doubtful.items()
        )
        lines.append(f'<p class="doubt">worth a look: {told}</p>')
    lines += [f"<p>{html.escape(text)}</p>" for text in (record.error, *record.warnings) if text]
    return f'<article class="{" ".join(_classes(record))}">{shown}<div>{"".join(lines)}</div></article>\n'


def _figure(which: str, picture: bytes | None) -> str:
    if picture is None:
        return f"<figure><figcaption>no picture {which}</figcaption></figure>"
    data = base64.b64encode(picture).decode()
    image = f'<img alt="{which}" src="data:image/jpeg;base64,{data}">'
    return f"<figure>{image}<figcaption>{which}</figcaption></figure>"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"
