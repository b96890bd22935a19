# shellcheck shell=sh
# Shared by scripts/install and scripts/uninstall. Source it with PREFIX, DESTDIR, UNITS and build (a
# build folder) set.

die()
{
    printf '%s\n' "$@" >&2
    exit 1
}

# Sets build to an absolute path.
check_prefix()
{
    PREFIX=${PREFIX%/}
    case $PREFIX in
    *[[:space:]]*) die "PREFIX=$PREFIX: has a space, which pkg-config and systemd do not support" ;;
    /*) ;;
    *) die "PREFIX=$PREFIX: not an absolute path; start it with /" ;;
    esac
    [ -e "$build/bin/tcpstored" ] || die "no build in $build; first: make build"
    build=$(realpath "$build")
}

# Without this check, cmake could stop after it has written some of the files.
check_permission()
{
    folder=$DESTDIR$PREFIX
    while [ ! -e "$folder" ]; do
        folder=$(dirname "$folder")
    done
    [ -w "$folder" ] ||
        die "$folder: no permission to write there; use sudo, or another PREFIX, such as PREFIX=\$HOME/.local"
}

# install_files DESTDIR. cmake leaves a list of files in the build folder; it is removed, because it
# may belong to root.
install_files()
{
    DESTDIR=$1 cmake --install "$build" --prefix "$PREFIX"
    if [ "$UNITS" = yes ]; then
        DESTDIR=$1 cmake --install "$build" --prefix "$PREFIX" --component units
    fi
    rm -f "$build"/install_manifest*.txt
}

library_folder()
{
    folder=$(sed -n 's/^CMAKE_INSTALL_LIBDIR:[^=]*=//p' "$build/CMakeCache.txt")
    case $folder in
    /*) echo "$folder" ;;
    *) echo "$PREFIX/$folder" ;;
    esac
}

# The folders that the loader searches, one per line.
loader_folders()
{
    PATH=$PATH:/sbin:/usr/sbin ldconfig -vNX 2>/dev/null | sed -n 's/^\(\/[^:]*\):.*/\1/p'
}

is_in_loader()
{
    loader_folders | xargs realpath -m | grep -qxF "$(realpath -m "$1")"
}

renew_loader_cache()
{
    PATH=$PATH:/sbin:/usr/sbin ldconfig
}
