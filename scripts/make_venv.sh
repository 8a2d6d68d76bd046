#!/bin/sh
# Makes the virtual environment and installs a lock file and this project into it. Needs Python 3.11+ only.
set -eu
venv=$1
lock=$2

find_python() {
    for name in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 || continue
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$name"; return; }
    done
    echo "calibrant: no Python 3.11 or newer on the PATH; install one, or name it: PYTHON=/path/to/python make demo" >&2
    exit 1
}

make_venv() {
    python=$1
    "$python" -m venv "$venv" 2>/dev/null && return
    rm -rf "$venv"
    if command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$python" "$venv"; then return; fi
    if "$python" -m virtualenv --quiet "$venv" 2>/dev/null; then return; fi
    # Debian's python3 without python3-venv: an environment without pip, filled by the system's pip.
    if "$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv" \
        && "$python" -m pip --quiet --python "$venv/bin/python" install pip; then return; fi
    echo "calibrant: $python cannot make a virtual environment; install its venv module (Debian, Ubuntu: apt install python3-venv) and run again" >&2
    exit 1
}

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Setting up $venv with $("$python" --version) ..."
    make_venv "$python"
fi
echo "Installing $lock (the first time this takes a minute or two) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
