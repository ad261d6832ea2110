"""A batch's page as a browser shows it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lipfx.batch.naming import PAGE
from tests.conftest import RunLipfx
from tests.helpers import tiny

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]


def test_a_browser_shows_what_became_of_clips(talking: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    tiny.make_clips(talking, clips, 2)
    (clips / "<b>bad &amp; #1.mp4").write_text("this is no video")
    done = lipfx("batch", "lipstick", clips, "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr

    from playwright.sync_api import sync_playwright

    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown: Any = browser.new_page()
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        shown.goto((tmp_path / "out" / PAGE).as_uri())
        assert shown.locator("article:visible").count() == 3
        sizes = shown.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert len(sizes) == 4
        assert min(sizes) > 100
        shown.get_by_role("button", name="failed (1)").click()
        (failed,) = shown.locator("article:visible").all_inner_texts()
        assert "<b>bad &amp; #1.mp4" in failed
        assert "failed" in failed
        shown.get_by_role("button", name="done (2)").click()
        link = shown.locator("article:visible a").first.evaluate("node => node.href")
        assert Path(link.removeprefix("file://")).is_file()
        shown.get_by_role("button", name="all (3)").click()
        shown.screenshot(path=tmp_path / "page.png", full_page=True)
        browser.close()
    assert said == []
    assert set(asked) <= {"file", "data"}
