#!/bin/sh
# usage: tests/install/packages.sh WORK_FOLDER
#
# On a machine with only a shell and make: run, test and deps call the package manager; all other
# targets list the missing packages and how to install them.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1/packages"
mkdir -p "$1/packages/bin" "$1/packages/tree"
cd "$1/packages"

fail()
{
    cat output
    echo "$1" >&2
    exit 1
}

for tool in sh env make cat cp dirname find grep head id ls mkdir mktemp nproc realpath rm sed sort \
    touch tr; do
    ln -s "$(command -v $tool)" bin
done
cat >bin/apt-get <<END
#!/bin/sh
echo "\$*" >>$PWD/called
END
printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
chmod +x bin/apt-get bin/sudo
(cd "$root" && cp -R Makefile scripts cmake "$OLDPWD/tree")
mkdir tree/tests tree/bench
cp "$root/tests/requirements.txt" tree/tests
cp "$root/bench/requirements.txt" tree/bench

# make_target COMMAND…: runs it with a fake package manager, which records its calls in `called`.
make_target()
{
    rm -f called
    env -i PATH="$PWD/bin" "$@" >output 2>&1
}

names_what_is_missing()
{
    make_target make -C tree "$1" && fail "make $1 succeeds"
    [ ! -e called ] || fail "make $1 installs packages"
    grep -q "to install it: make deps FOR=\"$1\"" output || fail "make $1 does not say how to install it"
    grep -q "missing.* $2" output || fail "make $1 does not say that $2 is missing"
}

installs()
{
    package=$1
    shift
    make_target make -C tree "$@" || true
    grep -qs "^-q install.* $package" called || fail "make $* does not install $package"
}

names_what_is_missing build cmake
names_what_is_missing check libcmocka-dev
names_what_is_missing coverage pytest==
names_what_is_missing fuzz clang
names_what_is_missing bench matplotlib==
names_what_is_missing reference doxygen
names_what_is_missing deb debhelper
names_what_is_missing format clang-format==
names_what_is_missing lint clang-tidy
for target in install uninstall; do
    make_target make -C tree $target && fail "make $target succeeds"
    [ ! -e called ] || fail "make $target installs packages"
    grep -q 'first: make build' output || fail "make $target does not say what comes first"
done

installs libuv1-dev deps
installs cppcheck deps FOR="build lint"
installs libedit-dev run
installs valgrind test

rm bin/apt-get
make_target make -C tree deps && fail "make deps succeeds where there is no apt-get"
grep -q 'not a Debian system; install.* libuv1-dev' output || fail "it does not say what to install"
