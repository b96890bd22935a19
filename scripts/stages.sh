# shellcheck shell=sh
# Runs named stages, continues after a failure, and sums up at the end, with the time that each has taken.
# Source this file.
# The sum repeats the end of what each failed stage has printed: it may be all that is shown of a
# long log.

SHOWN_LINES=40

passed=0
failed=0
failures=
times=

stage()
{
    stage_name=$1
    shift
    stage_output=$(mktemp)
    stage_start=$(date +%s)
    printf '\n=== %s\n' "$stage_name"
    if { "$@" 2>&1 || echo "=== FAILED: $stage_name"; } | tee "$stage_output" &&
        [ "$(tail -n 1 "$stage_output")" != "=== FAILED: $stage_name" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        failures=$(printf '%s\n%s\n' "$failures" "$(tail -n "$SHOWN_LINES" "$stage_output")")
    fi
    times=$(printf '%s\n%5d s  %s' "$times" $(($(date +%s) - stage_start)) "$stage_name")
    rm -f "$stage_output"
}

# Succeeds if every stage has succeeded.
sum_up()
{
    if [ "$failed" -gt 0 ]; then
        printf '\nThe end of what failed stages printed:\n%s\n' "$failures"
    fi
    printf '%s\n\nstages: %d passed, %d failed\n' "$times" "$passed" "$failed"
    [ "$failed" -eq 0 ]
}
