"""Fixtures every package's tests share: the real fonts, a fresh database on each back end, Chromium.

The suite counts what passed per back end and fails when anything was skipped (contracts.md, `make test`).
"""

from __future__ import annotations

import collections
import contextlib
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from gaiji_hub.settings import Settings
from tests.databases import BACKENDS, Models
from tests.postgres import Cluster

# One walk of the demo serves every module, and so does one visit to each page.
TOGETHER = ("tests/demo", "tests/browser")
# Few tests, many seconds each.
LONG = ("tests/system", "tests/demo", "tests/browser", "tests/packaging", "tests/tables", "tests/distribution")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="the long form: every kill point, many mutants and examples")
    parser.addoption("--pictures", action="store_true", help="put the pictures of every page into docs/manual/pictures")


def pytest_configure(config: pytest.Config) -> None:
    """The suite tries the same examples every time, on any machine's speed; `make soak` looks for new ones."""
    hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, database=None)
    hypothesis.settings.register_profile("soak", deadline=None, max_examples=2_000)
    hypothesis.settings.load_profile("soak" if config.getoption("--soak") else "suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares dear fixtures goes to the same process: a module's tests, and those of a whole walk.

    The groups that take long come first, then those with many tests: at the end no process works alone for minutes.
    """
    groups = [_group(item) for item in items]
    sizes = collections.Counter(groups)
    for item, group in zip(items, groups, strict=True):
        item.add_marker(pytest.mark.xdist_group(group))
    place = {group: (not group.startswith(LONG), -sizes[group], group) for group in sizes}
    items.sort(key=lambda item: place[_group(item)])


def _group(item: pytest.Item) -> str:
    folder, _, module = item.nodeid.partition("::")[0].rpartition("/")
    return folder if folder in TOGETHER else f"{folder}/{module}"


@pytest.fixture(scope="session")
def soak(pytestconfig: pytest.Config) -> bool:
    """Whether `make soak` asks for the long form of a test."""
    return bool(pytestconfig.getoption("--soak"))


@pytest.fixture(scope="session")
def machine_settings() -> Settings:
    """The settings of this machine: its cache of fetched files and indexes is shared with `make run`."""
    return Settings.from_env()


@pytest.fixture(scope="session")
def cache_dir(machine_settings: Settings) -> Path:
    return machine_settings.cache


@pytest.fixture(scope="session")
def standard_font(machine_settings: Settings) -> Path:
    """IPAmj明朝, the real one."""
    from gaiji_hub.tables.standard_font import find_standard_font

    s = machine_settings
    return find_standard_font(s.cache, s.sources, s.offline, print)


@pytest.fixture(scope="session")
def demo_font(machine_settings: Settings) -> Path:
    """BabelStone Han, whose shapes stand in for a town's gaiji."""
    from gaiji_hub.tables.standard_font import find_demo_font

    s = machine_settings
    return find_demo_font(s.cache, s.sources, s.offline, print)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """What databases are copied from, and the throw-away PostgreSQL cluster of this session."""
    with contextlib.ExitStack() as stack:
        yield Models(lambda: tmp_path_factory.mktemp("model"), stack)


@pytest.fixture(scope="session")
def postgres_cluster(models: Models) -> Cluster:
    return models.cluster


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, models: Models, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database without a schema, once per back end: for tests of migrating and of first starts."""
    with models.empty(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def migrated_url(request: pytest.FixtureRequest, models: Models, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, once per back end."""
    with models.model(request.param).copied(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium がありません（tools/setup_test.sh が入れます）"
    return Path(found)


@pytest.fixture(autouse=True)
def _no_user_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test writes into the checkout's own data folder."""
    if "GAIJI_HUB_DATA" not in os.environ:
        monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "var"))


def _backend(nodeid: str) -> str:
    if nodeid.startswith("tests/browser"):
        return "browser"
    return next((name for name in BACKENDS if f"[{name}" in nodeid or f"-{name}" in nodeid), "no database")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = collections.Counter(_backend(report.nodeid) for report in terminalreporter.stats.get("passed", []))
    line = " · ".join(f"{name} {passed[name]}" for name in (*BACKENDS, "browser", "no database"))
    terminalreporter.write_line(f"passed per back end: {line}")
    if terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("a skipped test fails the suite", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_finish() -> None:
    """What collecting made stays to the end: the collector need not look at it again after every few tests."""
    gc.collect()
    gc.freeze()
