# Sourced by the scripts beside it: the packages of the system, the virtual environment, the launcher.
# shellcheck shell=bash

set -euo pipefail
unset PYTHONPATH PYTHONHOME # neither may lead to other modules than those of the lock file

ROOT=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
VENV=$ROOT/.venv
SYSTEM_PYTHON=/usr/bin/python3

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# A python3 of 3.11 or newer that can make virtual environments; the system's own first. Prints its real path, or nothing.
find_python() {
    local candidate
    for candidate in "$SYSTEM_PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do
        "$candidate" -I -c '
import sys
if sys.version_info < (3, 11):
    sys.exit(1)
import ensurepip, venv
print(sys.executable)' 2>/dev/null && return
    done
    return 0
}

have_softhsm() {
    local library
    for library in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
        /usr/lib64/softhsm/libsofthsm2.so /usr/lib64/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so \
        /usr/lib/libsofthsm2.so /usr/lib/*/libsofthsm2.so \
        /usr/local/lib/softhsm/libsofthsm2.so /usr/local/lib/libsofthsm2.so; do
        [ -e "$library" ] && return
    done
    return 1
}

# install_packages PACKAGE...: by apt, as root or through sudo; one clear sentence where that is not possible.
install_packages() {
    local advice="Install these packages as root, and start this again: $*"
    local -a as_root=()
    command -v apt-get >/dev/null 2>&1 ||
        fail "These packages are missing, and this system has no apt-get to install them: $*"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "These packages are missing, and this account is not root and has no sudo. $advice"
        as_root=(sudo)
    fi
    say "Installing: $*"
    local -a apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive
        apt-get -q -o DPkg::Lock::Timeout=120)
    "${apt[@]}" update >&2 || say "The list of packages could not be renewed; trying with the one that is there."
    "${apt[@]}" install -y --no-install-recommends "$@" >&2 ||
        fail "These packages could not be installed (the reason stands above). $advice"
}

# need_packages [PACKAGE=COMMAND...]: what every script needs, and the packages given where their command is absent.
need_packages() {
    local -a missing=()
    local pair
    have_softhsm || missing+=(softhsm2)
    [ -n "$(find_python)" ] || missing+=(python3-venv)
    for pair in "$@"; do
        command -v "${pair#*=}" >/dev/null 2>&1 || missing+=("${pair%%=*}")
    done
    [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
    have_softhsm || fail "The package softhsm2 is installed, but libsofthsm2.so is nowhere to be found."
}

# stamp_of LOCK: what the environment was made from. The interpreter belongs to it: a newer one finds none of the packages.
stamp_of() { printf '%s %s\n' "$(sha256sum -- "$ROOT/$1" | cut -d' ' -f1)" "$(readlink -f -- "$VENV/bin/python")"; }

# need_venv LOCK [LARGER_LOCK]: the virtual environment of one lock file; one made from the larger lock serves as well.
need_venv() {
    local lock=$1 larger=${2:-} python stamp=$VENV/.lock-sha256 found=
    [ -r "$stamp" ] && found=$(cat -- "$stamp")
    if [ ! -x "$VENV/bin/python" ] ||
        { [ "$found" != "$(stamp_of "$lock")" ] && { [ -z "$larger" ] || [ "$found" != "$(stamp_of "$larger")" ]; }; }; then
        if ! "$VENV/bin/python" -I -m pip --version >/dev/null 2>&1; then
            python=$(find_python)
            [ -n "$python" ] || fail "No Python of 3.11 or newer with the module venv was found (Debian: python3-venv)."
            say "Making the virtual environment .venv with $python"
            "$python" -I -m venv --clear -- "$VENV" || fail "The virtual environment .venv could not be made."
        fi
        say "Installing what $lock names, each file by its hash"
        rm -f -- "$stamp"
        "$VENV/bin/python" -I -m pip --disable-pip-version-check install --no-input --quiet --require-hashes \
            -r "$ROOT/$lock" >&2 ||
            fail "The Python packages of $lock could not be installed (the reason stands above). Is there a network?"
        stamp_of "$lock" >"$stamp"
    fi
    need_launcher
}

# The checkout itself is not installed: a .pth file makes it importable, and a launcher makes it a command.
need_launcher() {
    local packages launcher=$VENV/bin/ceremony text
    packages=$(echo "$VENV"/lib/python3.*/site-packages)
    text="#!/bin/sh
ulimit -c 0
exec '${VENV//\'/\'\\\'\'}/bin/python' -I -c 'import sys; from ceremony.cli import start; sys.exit(start())' \"\$@\""
    if [ "$(cat -- "$packages/ceremony-checkout.pth" 2>/dev/null)" != "$ROOT" ]; then
        printf '%s\n' "$ROOT" >"$packages/ceremony-checkout.pth"
    fi
    if [ ! -x "$launcher" ] || [ "$(cat -- "$launcher")" != "$text" ]; then
        printf '%s\n' "$text" >"$launcher"
        chmod 755 "$launcher"
        "$VENV/bin/python" -I -m compileall -q "$ROOT/ceremony" >&2 || true # only speed: the first start compiles then
    fi
}
