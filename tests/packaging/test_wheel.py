"""The wheel works outside the checkout: converter and agent alone on the base install, the tables with their data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment with nothing but the base lock and the wheel, far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    subprocess.run(
        [*pip, "--require-hashes", "-r", ROOT / "requirements" / "base.lock"], check=True, capture_output=True
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT],
        check=True,
        capture_output=True,
    )
    subprocess.run([*pip, "--no-deps", next(folder.glob("*.whl"))], check=True, capture_output=True)
    return python


def run(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python.parent / "gaiji-hub", *words], cwd=python.parents[2], capture_output=True, text=True, check=False
    )


def test_the_base_install_has_few_packages(installed):
    listing = subprocess.run(
        [installed, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    names = {line.split("==")[0].split(" @")[0].lower() for line in listing.stdout.splitlines()}
    assert not names & {"numpy", "sqlalchemy", "litestar", "fonttools", "lxml", "opencv-python-headless"}


def test_look_up_works_from_the_wheel(installed):
    done = run(installed, "char", "邉", "--json")
    assert done.returncode == 0, done.stderr
    assert "MJ026190" in done.stdout


def test_converter_and_agent_are_there_and_the_rest_says_what_to_install(installed):
    help_text = run(installed, "--help").stdout
    assert "gaiji-hub[server]" in help_text
    assert "gaiji-hub[identify]" in help_text
    for words in (("convert", "--help"), ("census", "--help"), ("agent", "sync", "--help")):
        assert run(installed, *words).returncode == 0


def test_module_and_command_are_the_same(installed):
    by_module = subprocess.run([installed, "-m", "gaiji_hub", "--version"], capture_output=True, text=True, check=True)
    assert by_module.stdout == run(installed, "--version").stdout
