#!/bin/sh
# usage: tests/install/outside.sh WORK_FOLDER
#
# Another project finds the installed libraries with pkg-config and with find_package(), shared and
# static.
set -eu
. "$(dirname "$0")/support.sh"
mkdir outside

installs PREFIX=/usr DESTDIR="$work/stage" UNITS=yes
test -x stage/usr/bin/tcpstored || fail "make install ignored DESTDIR"
staged=$(find stage -name tcpstore.pc)
grep -qx prefix=/usr "$staged" || fail "$staged contains another prefix than /usr"

installed()
{
    test -s "stage/usr/share/$1" || fail "$1 was not installed"
}

for program in stage/usr/bin/*; do
    name=$(basename "$program")
    installed "man/man1/$name.1"
    installed "bash-completion/completions/$name"
    installed "zsh/site-functions/_$name"
done
installed man/man7/tcpstore.7

units=stage/usr/lib/systemd/system
grep -qx ExecStart=/usr/bin/tcpstored $units/tcpstored.service ||
    fail "the unit does not start /usr/bin/tcpstored"
test -s $units/tcpstored.socket || fail "the socket unit is missing"
# The threshold is in tenths: an exposure of 1.1 of 10. With no network at all it would be 0.5, but stores
# of jobs could not listen.
systemd-analyze security --offline=true --threshold=11 $units/tcpstored.service >exposure.log || {
    cat exposure.log
    fail "the exposure of the service exceeds 1.1"
}

installs PREFIX="$work/prefix"
python3 -B "$root/tests/install/hardening.py" prefix
prefix/bin/tcpstored --version
prefix/bin/tcpstore-cli --version
library=$(dirname "$(find prefix -name libtcpstore.a)")
PKG_CONFIG_PATH=$work/$library/pkgconfig
export PKG_CONFIG_PATH

compile_with_pkg_config outside/shared
readelf --dynamic outside/shared | grep -q 'NEEDED.*libtcpstore\.so\.' ||
    fail "pkg-config --libs did not link the shared library"
serves env LD_LIBRARY_PATH="$library" outside/shared

cmake -S "$root/tests/install/outside" -B outside/cmake -D CMAKE_PREFIX_PATH="$work/prefix" \
    >/dev/null
cmake --build outside/cmake
serves outside/cmake/outside
serves outside/cmake/outside_static

cmake -S "$root/examples" -B outside/examples -D CMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build outside/examples
says "hello world" outside/examples/embedded_server
says refused outside/cmake/client
says refused outside/cmake/client_static

# shellcheck disable=SC2046
cc -o outside/client "$root/tests/install/outside/client.c" \
    $(pkg-config --cflags --libs tcpstore-client)
readelf --dynamic outside/client | grep -q 'NEEDED.*libtcpstore-client\.so\.' ||
    fail "pkg-config --libs did not link the client's shared library"
says refused env LD_LIBRARY_PATH="$library" outside/client
# The program in the README compiles unchanged.
sed -n '/^```c$/,/^```$/ { /^```/d; p; }' "$root/README.md" >outside/readme.c
grep -q 'int main' outside/readme.c || fail "the README contains no C program"
# shellcheck disable=SC2046
cc -Wall -Werror -o outside/readme outside/readme.c $(pkg-config --cflags --libs tcpstore-client)
ldd "$library"/libtcpstore-client.so | grep -q libuv && fail "the client library needs libuv"

# With only the static libraries.
rm "$library"/libtcpstore*.so*
# shellcheck disable=SC2046
cc -o outside/static "$root/tests/install/outside/main.c" \
    $(pkg-config --static --cflags --libs tcpstore)
serves outside/static
# shellcheck disable=SC2046
cc -o outside/client_static "$root/tests/install/outside/client.c" \
    $(pkg-config --static --cflags --libs tcpstore-client)
says refused outside/client_static
