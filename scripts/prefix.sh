# shellcheck shell=sh
# What scripts/install and scripts/uninstall share. To be sourced, with PREFIX, DESTDIR, UNITS and
# build, the folder of a build, set.

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
    *[[:space:]]*) die "PREFIX=$PREFIX: pkg-config and systemd end a path where there is a space" ;;
    /*) ;;
    *) die "PREFIX=$PREFIX: not an absolute path" ;;
    esac
    [ -e "$build/bin/tcpstored" ] || die "there is no build in $build; first: make build"
    build=$(realpath "$build")
}

# Before anything is written: cmake would stop in the middle, with the first file's name.
check_permission()
{
    folder=$DESTDIR$PREFIX
    while [ ! -e "$folder" ]; do
        folder=$(dirname "$folder")
    done
    [ -w "$folder" ] ||
        die "$folder: no permission to write there; use sudo, or choose another PREFIX, as in PREFIX=\$HOME/.local"
}

# install_files ROOT: below ROOT, as DESTDIR. cmake leaves a list in the build's folder, which
# there would be root's.
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

# The folders where the loader looks, one a line.
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
