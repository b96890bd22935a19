# shellcheck shell=sh
# To be sourced by a test with WORK_FOLDER as its argument, where WORK_FOLDER/build is a release.
# The test's own folder is the current one then.

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

# As in run_make install PREFIX=…; what it prints is in make.log. `as` is a command that runs make.
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

# is_refused WORDS TARGET VARIABLE…
is_refused()
{
    words=$1
    shift
    if run_make "$@"; then
        fail "make $* was not refused"
    fi
    grep -q "$words" make.log || {
        cat make.log
        fail "make $* did not say: $words"
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
    "$@" | grep -q "$words" || fail "$* did not say: $words"
    echo "works: $1"
}

compile_with_pkg_config()
{
    # shellcheck disable=SC2046 # flags are words
    cc -o "$1" "$root/tests/install/outside/main.c" $(pkg-config --cflags --libs tcpstore)
}
