# Sourced by check: named steps, each timed, and a summary that lists every failure with the end of what it printed.
# shellcheck shell=sh

passed=0
failed=0
skipped=0
results=
failures=
printed=$(mktemp)
beside=
since=
trap 'end_beside; rm -f "$printed" "$printed.status" "$printed.beside"' EXIT

step() { # name, command ...
    name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    began=${since:-$(date +%s)}
    # The status goes through a file: in a pipe sh keeps tee's alone.
    # What was killed on the way has not passed.
    echo failed >"$printed.status"
    { "$@" </dev/null 2>&1 && echo passed >"$printed.status"; } | tee "$printed"
    if [ "$(cat "$printed.status")" = passed ]; then
        passed=$((passed + 1))
        record "passed" "$name" "$(($(date +%s) - began)) s"
    else
        failed=$((failed + 1))
        record "FAILED" "$name" "$(($(date +%s) - began)) s"
        failures="$failures
== $name
$(telling <"$printed" | head -n 40)
...
$(tail -n 12 "$printed")
"
    fi
}

# Runs a step while others run: begun now, told and counted where `joined` stands.
alongside() { # name, command ...
    beside_name=$1
    shift
    beside_words="$*"
    beside_since=$(date +%s)
    "$@" </dev/null >"$printed.beside" 2>&1 &
    beside=$!
}

joined() {
    beside_status=0
    wait "$beside" || beside_status=$?
    beside=
    since=$beside_since
    step "$beside_name" told "$beside_words"
    since=
}

told() { # the command that was run
    cat "$printed.beside"
    return "$beside_status"
}

end_beside() {
    if [ -n "$beside" ]; then
        kill "$beside" 2>/dev/null || true
        wait "$beside" || true
    fi
}

# The lines that name a failure; below a failed claim also what it observed.
telling() {
    awk '/^(FAILED|ERROR|failed|E  )/ { claim = /^failed/; print substr($0, 1, 600); next }
        claim && /^        / { print substr($0, 1, 600); next }
        { claim = 0 }'
}

skip() { # name, reason
    skipped=$((skipped + 1))
    record "skipped" "$1" "$2"
}

record() { # status, name, remark
    results="$results$(printf '%-8s %-52s %s' "$1" "$2" "$3")
"
}

# Each planted fault must turn its claims red and leave their controls green: the rehearsal exits 0 exactly then.
sabotages() { # further arguments of rehearse
    names=$(evertunnel rehearse --list-sabotage) || names=
    if [ -z "$names" ]; then
        step "sabotage: the list of names" false
        return 0
    fi
    for sabotage in $names; do
        step "sabotage: $sabotage" evertunnel rehearse examples/contoso.toml --sabotage "$sabotage" "$@"
    done
}

tree_state() {
    git status --porcelain --untracked-files=all 2>/dev/null || true
}

unchanged() { # what tree_state said before
    after=$(tree_state)
    [ "$after" = "$1" ] && return 0
    printf 'Before:\n%s\nAfter:\n%s\n' "$1" "$after"
    return 1
}

summary() {
    printf '\n== summary\n%s\n' "$results"
    [ "$failed" -eq 0 ] || printf 'What failed:\n%s\n' "$failures"
    echo "check: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
