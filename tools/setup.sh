# Sourced by try and check: installs what is missing, names what it does, and does nothing the second time.
# shellcheck shell=sh
#
#   set_up run|dev     Debian's packages (as root) and .venv with the locked Python packages
#
# Reads: root (the clone's folder), command_name (for "Run: sudo ..."), anyway (non-empty: go on where Debian 12 is not).
: "${root:?} ${command_name:?}"

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

# strongswan-swanctl (drawn in by charon-systemd) carries the vici plugin, libcharon-extra-plugins kernel-libipsec,
# libstrongswan-standard-plugins openssl; x509, revocation and constraints come with libstrongswan itself.
debian_packages="python3 python3-venv
    charon-systemd libcharon-extra-plugins libstrongswan-standard-plugins
    freeradius freeradius-rest freeradius-utils
    nftables iproute2 procps util-linux eapoltest"
# What only tests need: a systemd to boot hosts of their own with, on which people log in (nothing of this machine is
# started by it). libpam-systemd draws in dbus, and adds a line to this machine's PAM that does nothing without logind.
test_packages="systemd libpam-systemd"
# What Debian starts at once and at every boot when these are installed, and what we must not leave running.
debian_units="strongswan freeradius"
radius_version=3.2.7
backports_source=/etc/apt/sources.list.d/evertunnel-backports.sources
backports_pin=/etc/apt/preferences.d/evertunnel-backports
policy_file=/usr/sbin/policy-rc.d
policy_mark="# Written by Evertunnel's set-up, which removes it when the installation is over."

set_up() {
    supported_system
    if [ "$1" = dev ]; then debian_packages="$debian_packages $test_packages"; fi
    debian_part
    python_part "$1"
}

# ------------------------------------------------------------------------------------------------------- words

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 2
}

# Runs a command quietly under a heading; its output is shown only when it fails.
progress() { # heading, command ...
    printf '  %s ... ' "$1" >&2
    shift
    began=$(date +%s)
    output=$(mktemp)
    if "$@" >"$output" 2>&1 </dev/null; then
        say "done ($(($(date +%s) - began)) s)"
        rm -f "$output"
        return 0
    fi
    say "failed"
    tail -n 25 "$output" >&2
    rm -f "$output"
    return 1
}

# ------------------------------------------------------------------------------------------------------ system

supported_system() {
    # shellcheck disable=SC1091 # the system's own file
    system=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}" || echo "unknown")
    [ "$system" = "debian 12" ] && return 0
    command -v apt-get >/dev/null || fail "This is $system. The set-up knows Debian's apt-get only; Debian 12 is what is tested."
    [ -n "${anyway:-}" ] && return 0
    fail "This is $system; only Debian 12 is supported and tested. To try all the same, add --anyway."
}

need_root() { # what for
    [ "$(id -u)" -eq 0 ] && return 0
    fail "$1 needs root. Run: sudo $command_name"
}

# What no package mends, said before any is installed; the rehearsal itself looks again, and at more.
fit_machine() {
    unfit=
    [ -c /dev/net/tun ] || unfit="$unfit
  - /dev/net/tun is missing. Load it with: modprobe tun"
    unshare --net --mount true 2>/dev/null || unfit="$unfit
  - No namespaces can be made here (a container?). It takes CAP_SYS_ADMIN and CAP_NET_ADMIN."
    # The year and month that the version is named after: before it every certificate would be wrong.
    made=$(sed -n 's/^version = "\([0-9]*\)\.\([0-9]*\)\..*/20\1 \2/p' "$root/pyproject.toml")
    # shellcheck disable=SC2086 # two numbers
    [ "$(date -u +%Y%m)" -ge "$(printf '%d%02d' $made)" ] || unfit="$unfit
  - The clock says $(date -u +%F), before this version was made. Set it, with timedatectl or date."
    [ -z "$unfit" ] || fail "This machine is not ready for a rehearsal, and nothing was installed:$unfit"
}

# ---------------------------------------------------------------------------------------------- Debian's packages

debian_part() {
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        need_root "Installing $missing"
        say "Set-up: Debian packages that are missing: $missing"
        progress "reading the package lists" apt-get -q update || fail "apt-get update failed; see above."
        backports || true # the warning below says what 3.2.1 lacks
        install_quietly "$missing"
    elif radius_is_old && [ "$(id -u)" -eq 0 ] && ! radius_serves && ! asked_today; then
        say "Set-up: FreeRADIUS $(radius_installed) is older than $radius_version"
        if backports; then install_quietly "freeradius freeradius-rest freeradius-utils"; fi
    fi
    warn_of_old_radius
}

missing_packages() {
    for package in $debian_packages; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done | sed 's/ $//'
}

# Installs without letting Debian's scripts start anything: a second IKE daemon would hold UDP 500 and 4500, and
# FreeRADIUS would answer with its example configuration. Services that ran before go on running.
install_quietly() { # packages
    were_there=$(units_there)
    hold_services
    trap 'release_services' EXIT
    trap 'release_services; exit 130' INT TERM
    # shellcheck disable=SC2086 # a list of package names
    progress "installing (about 60 MB when all is missing)" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends $1 || fail "apt-get install failed; see above."
    release_services
    trap - EXIT INT TERM
    keep_new_units_off "$were_there"
}

hold_services() {
    [ -e "$policy_file" ] && ! grep -qxF "$policy_mark" "$policy_file" && return 0 # somebody's own rule: theirs stays
    printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy_file"
    chmod 755 "$policy_file"
}

release_services() {
    if [ -e "$policy_file" ] && grep -qxF "$policy_mark" "$policy_file"; then rm -f "$policy_file"; fi
}

units_there() {
    for unit in $debian_units; do
        if [ -e "/lib/systemd/system/$unit.service" ]; then printf '%s ' "$unit"; fi
    done
}

keep_new_units_off() { # units that were there before
    command -v systemctl >/dev/null || return 0 # nobody here who would start them
    for unit in $(units_there); do
        case " $1 " in *" $unit "*) continue ;; esac
        systemctl disable "$unit.service" >/dev/null 2>&1 || true
        if [ -d /run/systemd/system ]; then systemctl stop "$unit.service" >/dev/null 2>&1 || true; fi
        say "  Debian's $unit.service is left off, now and at boot (systemctl enable --now $unit turns it on)"
    done
}

# ---------------------------------------------------------------------------------------- FreeRADIUS from backports

radius_installed() { dpkg-query -W -f '${Version}' freeradius 2>/dev/null | sed 's/[+~-].*//'; }

radius_is_old() { dpkg --compare-versions "$(radius_installed)" lt "$radius_version"; }

# A FreeRADIUS that serves somebody on this machine is not ours to upgrade.
radius_serves() { [ -d /run/systemd/system ] && systemctl --quiet is-active freeradius.service; }

asked_today() { [ -n "$(find "$root/.venv/.backports-asked" -mmin -1440 2>/dev/null)" ]; }

# Makes FreeRADIUS, and nothing else, come from Debian 12's backports on the machine's own mirror; false when it cannot.
backports() {
    [ "$system" = "debian 12" ] || return 1
    if backports_known; then return 0; fi
    mirror=$(own_targets | awk -F '|' '$1 == "bookworm" && $2 == "main" && $3 ~ /debian\/?$/ { print; exit }')
    [ -n "$mirror" ] || return 1
    write_backports "$(echo "$mirror" | cut -d '|' -f 3)" "$(echo "$mirror" | cut -d '|' -f 4)"
    if progress "asking bookworm-backports for FreeRADIUS $radius_version" apt-get -q update \
        -o Dir::Etc::sourcelist="$backports_source" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
        -o APT::Update::Error-Mode=any; then
        return 0
    fi
    rm -f "$backports_source" "$backports_pin"
    if [ -d "$root/.venv" ]; then touch "$root/.venv/.backports-asked"; fi
    return 1
}

backports_known() { own_targets | grep -q '^bookworm-backports|main|' && [ -e "$backports_pin" ]; }

# shellcheck disable=SC2016 # apt-get expands these
own_targets() { apt-get indextargets --format '$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(SIGNED_BY)' 'Created-By: Packages'; }

write_backports() { # mirror, key
    if ! own_targets | grep -q '^bookworm-backports|main|'; then
        {
            printf '# FreeRADIUS for Evertunnel, from this machine'"'"'s own mirror\n'
            printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "$1"
            case $2 in
            '' | *SIGNED_BY*) ;; # apt-get leaves the placeholder where a source names no key
            *) printf 'Signed-By: %s\n' "$2" ;;
            esac
        } >"$backports_source"
        cat >"$backports_pin" <<PIN
# FreeRADIUS for Evertunnel comes from backports; nothing else does. Remove this file to use backports for more.
Package: freeradius* libfreeradius*
Pin: release n=bookworm-backports
Pin-Priority: 500

Package: *
Pin: release n=bookworm-backports
Pin-Priority: -1
PIN
        return 0
    fi
    cat >"$backports_pin" <<PIN
# FreeRADIUS for Evertunnel comes from backports.
Package: freeradius* libfreeradius*
Pin: release n=bookworm-backports
Pin-Priority: 500
PIN
}

warn_of_old_radius() {
    radius_is_old || return 0
    say "Warning: FreeRADIUS $(radius_installed) ignores require_message_authenticator and limit_proxy_state in security {}, the"
    say "         defence against BlastRADIUS; each client's own setting still holds. $radius_version is in bookworm-backports."
}

# ------------------------------------------------------------------------------------------------ Python packages

python_part() { # run or dev
    digest=$(digest_of_setup)
    if [ -x "$root/.venv/bin/evertunnel" ] && stamped "$1"; then return 0; fi
    say "Set-up: Python packages in .venv (requirements/$1.txt)"
    make_venv
    rm -f "$root/.venv/.set-up-run" "$root/.venv/.set-up-dev"
    progress "installing with their hashes checked" "$root/.venv/bin/python" -m pip --disable-pip-version-check --no-input install \
        --quiet --require-hashes --only-binary :all: -r "$root/requirements/$1.txt" || fail "pip install failed; see above."
    progress "installing evertunnel itself" "$root/.venv/bin/python" -m pip --disable-pip-version-check --no-input install \
        --quiet --no-index --no-deps --no-build-isolation --editable "$root" || fail "pip install failed; see above."
    echo "$digest" >"$root/.venv/.set-up-$1"
    give_back "$root/.venv"
}

# What the installed packages depend on; the folder too, because a virtual environment cannot be moved.
digest_of_setup() {
    (
        echo "$root"
        cd "$root" && cat pyproject.toml requirements/run.txt requirements/dev.txt tools/setup.sh
    ) | sha256sum | cut -d ' ' -f 1
}

stamped() { # run or dev: dev holds all of run
    for kind in "$1" dev; do
        [ "$(cat "$root/.venv/.set-up-$kind" 2>/dev/null)" = "$digest" ] && return 0
    done
    return 1
}

make_venv() {
    if "$root/.venv/bin/python" -c 'import pip' 2>/dev/null; then return 0; fi
    # The system's own, if it will do: services run as users who cannot look into the home of whoever set this up.
    python=/usr/bin/python3
    "$python" -c "$new_enough" 2> /dev/null || python=python3
    "$python" -c "$new_enough" || fail "Python 3.11 or newer is needed; this is $("$python" -V)."
    progress "making .venv" "$python" -m venv --clear "$root/.venv" || fail "$python -m venv failed; see above."
}

# What root made in somebody's clone belongs to the clone's owner again.
give_back() { # paths
    [ "$(id -u)" -eq 0 ] || return 0
    owner=$(stat -c %u:%g "$root")
    [ "$owner" = 0:0 ] && return 0
    for path in "$@"; do
        if [ -e "$path" ]; then chown -R --no-dereference "$owner" "$path"; fi
    done
}
