#!/bin/sh
# Rewrites requirements/*.lock from pyproject.toml: hashed, for every platform, without any index address.
set -eu
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile -q --generate-hashes --no-header \
    --python-version 3.11 --universal pyproject.toml requirements/build.in "$@"; }
compile -o requirements/base.lock
compile --extra server -o requirements/server.lock
compile --extra dev -c requirements/server.lock -o requirements/dev.lock
