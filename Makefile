# The commands of the project (contracts.md, Running). `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HUB := $(BIN)/gaiji-hub
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-dev setup-test run test check prove bench bench-convert-quick bench-identify-quick \
        soak tables fit fix lock pictures clean

help:
	@echo "make run    準備してデモを作り、http://127.0.0.1:8470 で開く（PORT= で変更、管理者権限は不要）"
	@echo "make test   準備して全試験を通す（管理者ならシステムの部品も入れる）"
	@echo "make check  書式・型・依存の向き・生成物・文書の検査"
	@echo "make prove  検査と不変条件が本当に赤くなるかを確かめる"
	@echo "make bench  性能を同等品と並べて測る   make soak 長い試験   make tables 文字表の再生成   make fix 整形   make pictures 手引きの画面の図を撮り直す"

# --- set-up: a stamp per lock file, so that a second run costs nothing -------------------------------------
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 以上が必要です（PYTHON=… で指定できます）"; exit 3; }
	@echo "[準備 1/3] 仮想環境を作っています"
	@$(PYTHON) -m venv $(VENV) || { echo "venv を作れません。Debian では python3-venv が必要です"; exit 3; }

$(VENV)/.server: requirements/server.lock pyproject.toml setup.py | $(VENV)/bin/python
	@echo "[準備 2/3] 部品を入れています（初回は数分かかることがあります）"
	@$(BIN)/pip install -q --require-hashes -r requirements/server.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.server
	@echo "[準備] 開発用の部品を入れています"
	@$(BIN)/pip install -q --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(VENV)/.server
	@$(HUB) fonts fetch
	@$(HUB) tables install >/dev/null || echo "同梱できない表のうち、源泉のないものは入っていません（gaiji-hub tables systems で確認できます）"

setup-dev: $(VENV)/.dev

setup-test: $(VENV)/.dev
	@tools/setup_test.sh
	@$(HUB) fonts fetch

# --- the commands -------------------------------------------------------------------------------------------
run: setup
	@$(HUB) demo --if-empty
	@exec $(HUB) serve

test: setup-test
	@$(BIN)/python -m pytest tests -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

check: setup-dev
	@$(BIN)/python tools/check.py

prove: setup-dev
	@$(BIN)/python tools/prove.py

fix: setup-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tools.docs

tables: setup-dev
	@$(HUB) tables fetch
	@$(HUB) tables build

fit:
	@echo "未実装: 学習で作る部品はまだありません（第一版の同定は学習を使いません）"; exit 3

bench: setup-test
	@$(BIN)/python benchmarks/identify.py
	@$(BIN)/python benchmarks/convert.py
	@$(BIN)/python -m benchmarks.delivery
	@$(BIN)/python -m benchmarks.pages
	@$(BIN)/python benchmarks/search.py

bench-identify-quick: setup-dev
	@$(BIN)/python benchmarks/identify.py --quick

bench-convert-quick: setup-dev
	@$(BIN)/python benchmarks/convert.py

soak: setup-test
	@$(BIN)/python -m pytest --soak tests/moji tests/convert tests/fontbuild tests/distribution tests/files tests/system

pictures: setup-test
	@$(BIN)/python -m pytest --pictures tests/browser/test_pictures.py

lock: setup-dev
	@tools/lock.sh

clean:
	rm -rf $(VENV) build dist *.egg-info var
