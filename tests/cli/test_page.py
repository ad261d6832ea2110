"""`lipfx preview` to a page and to a film: what stands in them, and the page as a browser shows it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import RunLipfx, Variant, odd
from tests.helpers import media

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def page(lipfx: RunLipfx, talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shades by two finishes, three frames of the sample."""
    output = tmp_path_factory.mktemp("page") / "page.html"
    grid = ("--grid", "shade=ruby,coral finish=matte,gloss")
    done = lipfx("preview", "lipstick", talking, output, *grid, "--count", "3", "--end", "2")
    assert (done.returncode, done.stdout, odd(done)) == (0, "", "")
    return output


def _data(page: Path) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL
    )
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_page_holds_all_of_it_and_names_no_address(page: Path) -> None:
    data = _data(page)
    assert data["variants"] == ["ruby, matte", "ruby, gloss", "coral, matte", "coral, gloss"]
    assert [len(shot["after"]) for shot in data["shots"]] == [4, 4, 4]
    assert data["span"] == pytest.approx([0.0, 2.0])
    (track,) = data["tracks"]
    times, sure, opening = np.array(track["rows"]).T
    assert len(times) == 50
    assert sure.min() > 0.5
    assert opening.max() > 0.15 > opening.min()  # somebody talks
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page.read_text()))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of SVG's elements, which nothing fetches


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lipstick", "o.html", "--grid", "ruby,coral"), "is not KEY=VALUE,VALUE"),
        (("lipstick", "o.html", "--grid", "shad=ruby,coral"), "has no parameter 'shad'; did you mean shade?"),
        (("lipstick", "o.html", "--grid", "shade=ruby,rubi"), "did you mean ruby"),
        (("evening", "o.html", "--grid", "opacity=0.5,1"), "say which:"),
        (("lipstick", "o.html", "--grid", "chain=evening,evryday"), "did you mean everyday"),
        (("lipstick", "o.png", "--grid", "shade=ruby,coral"), "--grid wants a page"),
        (("lipstick", "o.mp4", "--grid", f"opacity={','.join(map(str, range(60)))}"), "at most 48"),
    ],
)
def test_a_wrong_grid_is_wrong_usage(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    chain, output, *rest = words
    done = lipfx("preview", chain, talking, tmp_path / output, *rest)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_picture_has_a_page_without_tracks(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    photo = media.make(tmp_path / "photo.png", "-i", talking, "-frames:v", "1")
    grid = ("--grid", "chain=evening,everyday", "--grid", "lipstick.shade=ruby,coral")
    assert lipfx("preview", "gloss", photo, tmp_path / "page.html", *grid).returncode == 0
    data = _data(tmp_path / "page.html")
    assert (data["span"], len(data["shots"]), data["doubtful"]) == ([0.0, 0.0], 1, [])
    assert data["variants"] == ["evening, ruby", "evening, coral", "everyday, ruby", "everyday, coral"]
    assert len({picture for shot in data["shots"] for picture in shot["mouths"]}) == 4


def _film(path: Path) -> list[NDArray[np.float64]]:
    with av.open(str(path)) as clip:
        return [f.to_ndarray(format="rgb24").astype(float) for f in clip.decode(video=0)]


def test_a_film_is_small_upright_and_shows_both(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    source, film = tmp_path / "in.mp4", tmp_path / "film.mp4"
    turned = media.make(
        tmp_path / "turned.mp4", "-i", talking, "-vf", "crop=512:400,transpose=2", "-t", "0.4"
    )
    media.make(source, "-i", turned, "-c", "copy", "-metadata:s:v", "rotate=270")
    done = lipfx("preview", "lipstick:shade=#ff0000,opacity=1", source, film)
    assert (done.returncode, odd(done)) == (0, "")
    frames = _film(film)
    assert len(frames) == 10
    height, width = frames[0].shape[:2]
    assert (height, width) == (360, 920) or width > 2 * height  # two of 512x400, side by side
    before, after = frames[5][:, : width // 2], frames[5][:, width // 2 :]
    red = (after - before)[..., 0] - (after - before)[..., 1]
    rows = np.nonzero((red > 40).any(axis=1))[0]
    assert len(rows) > 5
    assert rows.min() > 0.4 * height  # the mouth is in the lower half of an upright face
    with av.open(str(film)) as clip:
        assert len(clip.streams.audio) == 1


def test_a_wipe_goes_over_the_frame(lipfx: RunLipfx, variant: Variant, tmp_path: Path) -> None:
    film = tmp_path / "wipe.mp4"
    assert lipfx("preview", "lipstick", variant("no_audio.mp4"), film, "--layout", "wipe").returncode == 0
    frames = _film(film)
    lines = [int(frame.mean(axis=0).min(axis=1).argmax()) for frame in frames[4:20:5]]
    assert lines == sorted(set(lines))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page(browser: Any, page: Path, scheme: str) -> None:
    shown = browser.new_page(color_scheme=scheme)
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    shown.goto(page.as_uri())
    assert shown.locator("article").count() == 3
    paper = shown.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert paper == "light dark"

    slider = shown.locator("article .slider").first
    slide = slider.locator("input")
    slide.focus()
    for _ in range(10):
        shown.keyboard.press("ArrowLeft")
    assert slider.evaluate("node => node.style.getPropertyValue('--at')") == "40%"

    before = slider.locator("img").nth(1).get_attribute("src")
    shown.get_by_role("button", name="coral, gloss").first.click()
    assert slider.locator("img").nth(1).get_attribute("src") != before
    assert shown.locator("button[aria-pressed=true]").count() == 3

    plot = shown.locator("svg")
    box = plot.bounding_box()
    plot.click(position={"x": box["width"] * 0.9, "y": box["height"] / 2})
    assert re.match(r"1\.8\d s +face 1: sure 0\.\d\d, open 0\.\d\d", shown.locator("output").text_content())
    assert shown.locator("article.here h2").text_content().startswith("1.6")
    plot.focus()
    for _ in range(60):
        shown.keyboard.press("ArrowLeft")
    assert shown.locator("article.here h2").text_content().startswith("0.3")
    assert said == []
    assert set(asked) <= {"file", "data"}
    shown.close()
