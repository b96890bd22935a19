# shellcheck shell=sh
# Runs named stages, continues after a failure, and sums up at the end. Source this file.

passed=0
failed=0
failed_names=

stage()
{
    stage_name=$1
    shift
    printf '\n=== %s\n' "$stage_name"
    if "$@"; then
        passed=$((passed + 1))
    else
        printf '=== FAILED: %s\n' "$stage_name"
        failed=$((failed + 1))
        failed_names="$failed_names
    $stage_name"
    fi
}

# Succeeds if every stage has succeeded.
sum_up()
{
    if [ "$failed" -gt 0 ]; then
        printf '\nFailed stages:%s\n' "$failed_names"
    fi
    printf '\nstages: %d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}
