#!/bin/sh
# Resolves the three lock files for every supported Python, with hashes and without any address.
set -eu
python=$1
"$python" -m pip install --quiet --disable-pip-version-check uv
compile() {
    "$python" -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@" pyproject.toml
}
compile --extra verify --output-file requirements.lock
compile --extra dev --output-file requirements-dev.lock
compile --extra postgres --extra login --extra big --constraints requirements-dev.lock --output-file requirements-server.lock
