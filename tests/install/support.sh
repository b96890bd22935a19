# shellcheck shell=sh
# Sourced by tests with the argument WORK_FOLDER; WORK_FOLDER/build is a release build. Changes to
# the test's own folder, which is empty.

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)/build
work=$(dirname "$build")/$(basename "$0" .sh)
rm -rf "$work"
mkdir -p "$work"
cd "$work"

fail()
{
    echo "$1" >&2
    exit 1
}

# run_make TARGET [VARIABLE…]: output goes to make.log. `as` may name a command that runs make.
run_make()
{
    # shellcheck disable=SC2086 # a command and its arguments
    env -u MAKEFLAGS -u PREFIX -u DESTDIR -u UNITS ${as:-} \
        make --no-print-directory -C "$root" RELEASE="$build" "$@" >make.log 2>&1
}

installs()
{
    run_make install "$@" || {
        cat make.log
        fail "make install $* failed"
    }
}

uninstalls()
{
    run_make uninstall "$@" || {
        cat make.log
        fail "make uninstall $* failed"
    }
}

# is_refused WORDS TARGET [VARIABLE…]: make must fail and print WORDS.
is_refused()
{
    words=$1
    shift
    if run_make "$@"; then
        fail "make $* succeeded"
    fi
    grep -q "$words" make.log || {
        cat make.log
        fail "make $* did not print: $words"
    }
}

serves()
{
    "$@" | grep -q ':[1-9]' || fail "$* did not start a server"
    echo "works: $1"
}

says()
{
    words=$1
    shift
    "$@" | grep -q "$words" || fail "$* did not print: $words"
    echo "works: $1"
}

compile_with_pkg_config()
{
    # shellcheck disable=SC2046 # several flags
    cc -o "$1" "$root/tests/install/outside/main.c" $(pkg-config --cflags --libs tcpstore)
}
