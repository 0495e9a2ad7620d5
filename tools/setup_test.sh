#!/bin/sh
# Installs what the tests need from the system's packages: PostgreSQL, Chromium with a Japanese font, debootstrap,
# two readers of PDF, ICU's compiler and reader of conversion tables.
# As root it installs what is missing; otherwise it says what to install and stops.
set -eu

need=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || need="$need postgresql"
command -v chromium >/dev/null 2>&1 || need="$need chromium"
[ -e /usr/share/fonts/truetype/ipafont-gothic/ipag.ttf ] || need="$need fonts-ipafont-gothic"
command -v debootstrap >/dev/null 2>&1 || need="$need debootstrap"
command -v pdftotext >/dev/null 2>&1 || need="$need poppler-utils"
command -v mutool >/dev/null 2>&1 || need="$need mupdf-tools"
command -v makeconv >/dev/null 2>&1 || need="$need icu-devtools"
[ -n "$need" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "試験に必要なシステムの部品がありません。管理者で次を実行してください: apt-get install$need" >&2
    exit 3
fi
echo "[準備] システムの部品を入れています:$need"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086
apt-get -qq install -y --no-install-recommends $need >/dev/null
