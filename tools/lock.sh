#!/bin/sh
# Writes requirements/*.txt afresh: the newest versions that fit pyproject.toml, each with the hashes of all its wheels.
# Run it to take newer versions, read the diff, and run ./check.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv

# The build backend is installed from the lock like the rest; its version stands once, in [build-system].
sed -n '/^\[build-system\]/,/^$/s/^requires = \["\(.*\)"\].*/\1/p' pyproject.toml >"$work/build.in"
grep -q == "$work/build.in"

compile() { # output, further arguments
    output=$1
    shift
    "$work/venv/bin/uv" pip compile pyproject.toml "$work/build.in" "$@" --output-file "$work/$output" --quiet \
        --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
    {
        echo "# Written by tools/lock.sh from pyproject.toml; not to be edited."
        cat "$work/$output"
    } >"requirements/$output"
    echo "requirements/$output: $(grep -c '==' "requirements/$output") packages"
}

compile run.txt
compile dev.txt --extra dev --constraint "$work/run.txt"
