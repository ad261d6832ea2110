"""What a distribution of lipfx carries, seen from outside the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from lipfx import __version__
from lipfx.cli import needs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]

HEAVY = ("torch", "cv2", "dlib", "sklearn", "av")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout with the tools that are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _python(code: str, site: Path, folder: Path) -> str:
    """Runs `code` in `folder` with the unpacked wheel before anything else that is installed."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_wheel_carries_both_packages_and_nothing_of_the_checkout(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"lipfx", "lipfx_effects"}
    assert (unpacked / "lipfx" / "py.typed").is_file()
    assert (unpacked / "lipfx_effects" / "py.typed").is_file()


def test_wheel_carries_every_file_of_the_packages(unpacked: Path) -> None:
    sources = [
        path.relative_to(base)
        for base, package in ((ROOT, "lipfx"), (ROOT / "effects", "lipfx_effects"))
        for path in (base / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    missing = [path for path in sources if not (unpacked / path).is_file()]
    assert missing == []


def test_wheel_works_away_from_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    code = "import lipfx, lipfx_effects.lipstick as effect; print(lipfx.__file__, effect.__file__)"
    assert (
        _python(code, unpacked, tmp_path)
        == f"{unpacked}/lipfx/__init__.py {unpacked}/lipfx_effects/lipstick.py"
    )


def test_effect_authors_import_nothing_heavy(unpacked: Path, tmp_path: Path) -> None:
    code = f"import lipfx.effects; print([name for name in {HEAVY} if name in sys.modules])"
    assert _python(code, unpacked, tmp_path) == "[]"


def test_no_command_imports_what_an_extra_brings(talking: Path, tmp_path: Path) -> None:
    """Modules of those names that note their import, and fail, stand before what is installed."""
    fakes, noted = tmp_path / "fakes", tmp_path / "noted"
    fakes.mkdir()
    for name in ("torch", "sklearn", "matplotlib", "onnx", "ray", "fsspec", "pycocotools"):
        code = (
            f"open({str(noted)!r}, 'a').write({name!r} + ' ')\nraise ImportError({name!r}, name={name!r})\n"
        )
        (fakes / f"{name}.py").write_text(code)
    for words in (
        ("apply", "lipstick:shade=ruby+gloss", talking, "out.mp4"),
        ("masks", talking, "masks"),
        ("track", talking, "out.jsonl"),
        ("preview", "lipstick", talking, "out.png", "--count", "1"),
        ("batch", "lipstick", talking, "--out", "many", "--jobs", "1"),
    ):
        command = [sys.executable, "-m", "lipfx", *map(str, words), "--end", "0.2", "--device", "cpu"]
        environment = {**os.environ, "PYTHONPATH": f"{fakes}:{ROOT}:{ROOT / 'effects'}"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert not noted.exists(), noted.read_text()


def test_extras_of_the_doctor_are_those_of_the_package() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {extra.name for extra in needs.EXTRAS} == declared.keys() - {"all", "dev"}
    assert declared["all"] == [f"lipfx[{','.join(name for name in declared if name not in ('all', 'dev'))}]"]


def test_version_and_pythons_are_the_same_everywhere(unpacked: Path) -> None:
    (info,) = unpacked.glob("lipfx-*.dist-info")
    assert info.name == f"lipfx-{__version__}.dist-info"
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()
    metadata = (info / "METADATA").read_text()
    pythons = re.findall(r"Classifier: Programming Language :: Python :: (3\.\d+)", metadata)
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == pythons
    assert "(3, 10) <= sys.version_info[:2] <= (3, 14)" in (ROOT / "scripts" / "setup").read_text()
    assert (pythons[0], pythons[-1]) == ("3.10", "3.14")


def test_ci_runs_targets_that_there_are() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    run = re.findall(r"run: make ([a-z-]+)", (ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert {"demo", "docs", "test", "test-all", "release"} == set(run) <= targets


@pytest.mark.slow
def test_a_release_works_from_clean_environments() -> None:
    """`make release`: sdist and wheel, installed with pip alone, give the checkout's own result."""
    done = subprocess.run(
        ["scripts/release", sys.prefix], cwd=ROOT, capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    sizes = re.findall(r"installed (\d+) MB; pip check, doctor and result are as they should be", done.stderr)
    assert len(sizes) == 2
    assert max(map(int, sizes)) < 520


def test_lock_pins_every_dependency_and_no_machine() -> None:
    text = (ROOT / "requirements.lock").read_text() + (ROOT / "requirements-torch.lock").read_text()
    entries = re.findall(r"^[a-z][^\n]*(?:\n +[^\n]+)*", text, re.MULTILINE)
    hashes = r"( \\\n    --hash=sha256:[0-9a-f]{64})+"
    assert [e for e in entries if not re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^\n]*?)?" + hashes, e)] == []
    assert "://" not in text
    locked = {entry.partition("==")[0] for entry in entries}
    wanted = set(re.findall(r'^ {4}"([a-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    assert len(wanted) > 15
    assert wanted <= locked
    main = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"^(nvidia-|cuda-|triton|torch==)", main, re.MULTILINE)


@pytest.mark.parametrize("minor", range(10, 15))
def test_lock_pins_each_package_once_for_a_python(minor: int) -> None:
    python = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9"}
    text = (ROOT / "requirements.lock").read_text() + (ROOT / "requirements-torch.lock").read_text()
    pins = [Requirement(line) for line in re.findall(r"^([a-z].*?) \\$", text, re.MULTILINE)]
    taken = Counter(pin.name for pin in pins if pin.marker is None or pin.marker.evaluate(python))
    assert len(taken) > 50
    assert [name for name, count in taken.items() if count > 1] == []


@pytest.mark.parametrize("name", ["Makefile", "README.md", "requirements.lock", "scripts/setup", ".ci/run"])
def test_no_file_names_a_folder_of_one_machine(name: str) -> None:
    assert not re.search(r"/(root|home|opt|work)/", (ROOT / name).read_text())


def test_the_licences_told_are_those_of_what_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/licences.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
