#!/bin/sh
# usage: tests/install/libraries.sh WORK_FOLDER
#
# If libraries are missing, CMake names all of them in one message, with their Debian packages.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1/libraries"
mkdir -p "$1/libraries/empty"
cd "$1/libraries"

# libunistring has no file for pkg-config: CMake looks for its header.
if PKG_CONFIG_LIBDIR=$PWD/empty cmake -S "$root" -B build -D TCPSTORE_TESTS=ON \
    -D CMAKE_IGNORE_PATH=/usr/include >output 2>&1; then
    echo "cmake succeeds without the libraries" >&2
    exit 1
fi
for library in 'libuv>=1.40 (on Debian libuv1-dev)' \
    'libmicrohttpd>=0.9.75 (on Debian libmicrohttpd-dev)' 'jansson>=2.12 (on Debian libjansson-dev)' \
    'libedit (on Debian libedit-dev)' 'libcurl>=7.66 (on Debian libcurl4-gnutls-dev)' \
    'ncursesw (on Debian libncurses-dev)' 'libunistring (on Debian libunistring-dev)' \
    'cmocka (on Debian libcmocka-dev)' 'make deps'; do
    grep -qF "$library" output || {
        cat output
        echo "cmake does not name: $library" >&2
        exit 1
    }
done
