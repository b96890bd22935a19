#!/bin/sh
# usage: tests/install/system.sh WORK_FOLDER
#
# After `make install` to /usr/local, programs and libraries are found immediately. The test uses
# the real /usr/local and the loader's real cache, below overlays in memory in its own mount
# namespace. Without permission for that it fails, unless WITHOUT_NAMESPACES=yes is set.
set -eu

in_namespaces()
{
    if [ "$(id -u)" -eq 0 ]; then
        unshare --mount "$@"
    else
        unshare --map-root-user --mount "$@"
    fi
}

if [ -z "${INSIDE:-}" ]; then
    if [ "${WITHOUT_NAMESPACES:-}" = yes ]; then
        echo "NOT RUN: WITHOUT_NAMESPACES=yes"
        exit 0
    fi
    INSIDE=yes in_namespaces "$0" "$1"
    exit
fi
. "$(dirname "$0")/support.sh"

mount -t tmpfs none "$work"
cd "$work"
for folder in /etc /usr/local; do
    mkdir -p "upper$folder" "work$folder"
    layers=lowerdir=$folder,upperdir=$work/upper$folder,workdir=$work/work$folder
    mount -t overlay none -o "$layers" "$folder" 2>/dev/null ||
        mount -t overlay none -o "$layers,userxattr" "$folder"
done

installs
[ "$(tail -n 1 make.log)" = "$(grep Installing make.log | tail -n 1)" ] || {
    cat make.log
    fail "make install printed further steps"
}
unset LD_LIBRARY_PATH PKG_CONFIG_PATH
tcpstored --version
compile_with_pkg_config program
serves ./program
uninstalls
[ -z "$(find upper/usr/local -type f)" ] ||
    fail "make uninstall left files: $(find upper/usr/local -type f)"
if ./program >/dev/null 2>&1; then
    fail "the program still finds the library"
fi
