"""`make check`: every gate that can be enforced without running the product. Each prints what is wrong and where.

A gate is a function from the checkout's root to a list of problems; `--only NAME` runs one (used by prove.py).
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
TEXT_SUFFIXES = {".py", ".md", ".toml", ".sh", ".html", ".css", ".js", ".txt", ".lock", ".in", ".xsd", ".tsv", ""}

# A machine's own folders, index hosts and package download addresses never belong in a commit.
FORBIDDEN = {
    "a machine's path": re.compile(r"(?<![\w.~$}/-])/(?:work|farm|root|home/\w+)/"),
    "an index host": re.compile(
        r"(?:pypi[.]org|pythonhosted[.]org|registry[.]npmjs|deb[.]debian[.]org|--(?:extra-)?index[-]url)"
    ),
    "a package download address": re.compile(r"https?://\S+\.(?:whl|tgz|deb)\b"),
}
OWN_PATTERNS = {"tools/check.py", "tools/breaks.toml"}  # they have to spell what they forbid
NORMALISERS = {"normalize", "is_normalized"}


def tracked(root: Path) -> list[Path]:
    """The files git tracks or would track; outside a repository (a copy) every file below the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [name for name in listing.stdout.decode().split("\0") if name]
        return sorted(root / name for name in names if (root / name).is_file())
    skip = {".venv", "var", "build", "__pycache__"}
    return sorted(p for p in root.rglob("*") if p.is_file() and not skip & set(p.relative_to(root).parts))


def python_files(root: Path) -> list[Path]:
    return [path for path in tracked(root) if path.suffix == ".py"]


def _command(root: Path, *words: str) -> list[str]:
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]], cwd=root, capture_output=True, text=True, check=False, env=env
    )
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


def check_format(root: Path) -> list[str]:
    return _command(root, "ruff", "format", "--check", "--no-cache", ".")


def check_lint(root: Path) -> list[str]:
    return _command(root, "ruff", "check", "--no-cache", ".")


def check_types(root: Path) -> list[str]:
    return _command(root, "mypy")


def check_imports(root: Path) -> list[str]:
    return _command(root, "lint-imports", "--no-cache")


def check_sizes(root: Path) -> list[str]:
    """Modules under about 400 lines, functions under 60: longer ones are split, not excused."""
    problems = []
    for path in python_files(root):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MAX_MODULE_LINES:
            problems.append(f"{path.relative_to(root)}: {text.count(chr(10))} lines (limit {MAX_MODULE_LINES})")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    problems.append(f"{path.relative_to(root)}:{node.lineno}: {node.name} has {lines} lines")
    return problems


def check_normalisation(root: Path) -> list[str]:
    """Invariant 1: no call that could normalise text. Tests may name the forms, to show what others would do."""
    problems = []
    for path in python_files(root):
        if path.relative_to(root).parts[0] not in ("gaiji_hub", "benchmarks"):
            continue
        for line, name in _normalising(ast.parse(path.read_text(encoding="utf-8"))):
            problems.append(f"{path.relative_to(root)}:{line}: {name} — names are never normalised")
    return problems


def _normalising(tree: ast.AST) -> Iterator[tuple[int, str]]:
    modules = {"unicodedata", "unicodedata2"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in NORMALISERS)
        elif isinstance(node, ast.Attribute) and node.attr == "is_normalized":
            yield node.lineno, node.attr
        elif isinstance(node, ast.Attribute) and node.attr == "normalize" and isinstance(node.value, ast.Name):
            if node.value.id.startswith(("unicodedata", "ud")):
                yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and node.value in {"NFC", "NFD", "NFKC", "NFKD"}:
            yield node.lineno, str(node.value)


def check_scope(root: Path) -> list[str]:
    """Pages and API reach the database only through `site.reading(visitor)` and its named siblings (ADR 0013)."""
    found = []
    for path in sorted((root / "gaiji_hub" / "web").rglob("*.py")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"\.store\b", line):
                found.append(f"{path.relative_to(root)}:{number}: a session outside the visitor's scope")
    return found


def check_addresses(root: Path) -> list[str]:
    problems = []
    for path in tracked(root):
        if path.suffix not in TEXT_SUFFIXES or path.relative_to(root).as_posix() in OWN_PATTERNS:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for what, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    problems.append(f"{path.relative_to(root)}:{number}: {what}")
    return problems


def check_dependencies(root: Path) -> list[str]:
    """Every direct dependency has its line in the dependency ADR."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]
    names = {re.split(r"[\[<>=~! ]", item)[0] for item in wanted} - {project["name"]}
    adr = (root / "docs" / "adr" / "0002-dependencies.md").read_text(encoding="utf-8")
    return [f"docs/adr/0002-dependencies.md: no line for {name}" for name in sorted(names) if f"| {name} |" not in adr]


def check_docs(root: Path) -> list[str]:
    """Generated pages match the code (`tools/docs.py` writes them); every variable and ADR is listed."""
    sys.path.insert(0, str(root))
    from tools import docs

    return docs.differences(root)


def check_tables(root: Path) -> list[str]:
    """The committed tables are what the pipeline builds from the verified sources."""
    done = subprocess.run(
        [sys.executable, "-m", "gaiji_hub", "tables", "check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()]


def check_wheel_contents(root: Path) -> list[str]:
    """Everything under the data folders reaches the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        made = _command(
            root, "python", "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, "."
        )
        if made:
            return made
        import zipfile

        names = set(zipfile.ZipFile(next(Path(folder).glob("*.whl"))).namelist())
    missing = []
    for data in ("mappings", "ivs", "fonts"):
        for path in tracked(root):
            if path.name.startswith(".") or not path.is_relative_to(root / data):
                continue
            if f"gaiji_hub/data/{path.relative_to(root).as_posix()}" not in names:
                missing.append(f"{path.relative_to(root)} is not in the wheel")
    return missing


def check_breaks(root: Path) -> list[str]:
    """Every break of `make prove` still finds its place, so that a refactoring cannot quietly take a proof away."""
    problems = []
    for one in tomllib.loads((root / "tools" / "breaks.toml").read_text(encoding="utf-8"))["break"]:
        path = root / one["file"]
        if one["old"] and (not path.is_file() or path.read_text(encoding="utf-8").count(one["old"]) != 1):
            problems.append(f"tools/breaks.toml: {one['name']}: its place in {one['file']} is not found exactly once")
    return problems


GATES: dict[str, Callable[[Path], list[str]]] = {
    "format": check_format,
    "lint": check_lint,
    "types": check_types,
    "imports": check_imports,
    "sizes": check_sizes,
    "normalisation": check_normalisation,
    "scope": check_scope,
    "addresses": check_addresses,
    "dependencies": check_dependencies,
    "breaks": check_breaks,
    "docs": check_docs,
    "tables": check_tables,
    "wheel": check_wheel_contents,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(GATES), help="run one gate")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to look at")
    args = parser.parse_args()
    failed = 0
    for name, gate in GATES.items():
        if args.only not in (None, name):
            continue
        problems = gate(args.root.resolve())
        failed += bool(problems)
        print(f"{name:14} {'ok' if not problems else 'FAILED'}", flush=True)
        for problem in problems:
            print(f"  {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
