#!/bin/sh
# usage: tests/install/distribution.sh WORK_FOLDER
#
# CMake builds and installs without the Makefile: with the generator that distributions use, in parallel,
# into a staging folder.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1/distribution"
mkdir -p "$1/distribution"
cd "$1/distribution"

cmake -G 'Unix Makefiles' -S "$root" -B build -D TCPSTORE_SERVER=OFF >/dev/null
cmake --build build --parallel 2
DESTDIR=$PWD/stage cmake --install build --prefix /usr
for file in libtcpstore-client.a libtcpstore-client.so tcpstore-client.pc tcpstore-config.cmake client.h; do
    [ -n "$(find stage/usr -name $file)" ] || {
        echo "$file is not installed" >&2
        exit 1
    }
done
