# Sourced by the other scripts: where we are, how to speak, where cargo builds.
# shellcheck shell=bash
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# rustup puts cargo here; shells started by other programs often do not know.
command -v cargo >/dev/null || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac
export CARGO_TARGET_DIR=$TARGET

step() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Keeps Python packages in a folder of their own: python_packages FOLDER PACKAGE==VERSION...
python_packages() {
    local folder=$1
    shift
    [ "$(cat "$folder/installed" 2>/dev/null)" != "$*" ] || return 0
    step "Installing $*"
    rm -rf "$folder"
    if ! python3 -m venv "$folder" || ! "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"; then
        fail "Could not install $* from the Python package index: is it reached, and is Python 3 with venv here (scripts/setup --tests)?"
    fi
    echo "$*" >"$folder/installed"
}

# Runs a step and says how long it took.
timed() {
    local name=$1 started=$SECONDS
    shift
    step "$name"
    "$@"
    printf '    %s: %s s\n' "$name" $((SECONDS - started))
}
