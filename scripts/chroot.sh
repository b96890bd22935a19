# shellcheck shell=sh
# Makes a chroot with another Debian system. Source it.

# make_chroot CODENAME FOLDER [OPTION OF debootstrap…]: made once. An interrupted debootstrap leaves a
# folder without the file that says so.
make_chroot()
{
    codename=$1
    folder=$2
    shift 2
    if [ ! -e "$folder/etc/made-by-scripts-debian" ]; then
        command -v debootstrap >/dev/null || {
            echo "debootstrap is missing; to install it: apt-get install debootstrap" >&2
            return 1
        }
        # shellcheck disable=SC2016 # apt expands it
        mirror=$(apt-get indextargets --format '$(REPO_URI)' \
            'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
        debootstrap "$@" "$codename" "$folder" "$mirror" || return 1
        touch "$folder/etc/made-by-scripts-debian"
    fi
    copy_configuration "$folder"
}

# This machine's network: name service, certificates, pip's index.
copy_configuration()
{
    for file in /etc/resolv.conf /etc/hosts /etc/apt/apt.conf /etc/ssl/certs/ca-certificates.crt \
        /etc/pip.conf /etc/xdg/pip; do
        [ -e "$file" ] || continue
        mkdir -p "$1$(dirname "$file")"
        cp -RL "$file" "$1$(dirname "$file")"
    done
}

# mount_system FOLDER: what programs expect below /.
mount_system()
{
    mount -t proc proc "$1/proc"
    mount --rbind /sys "$1/sys"
    mount --rbind /dev "$1/dev"
}

# in_chroot FOLDER COMMAND…
in_chroot()
{
    chroot_folder=$1
    shift
    chroot "$chroot_folder" env HOME=/root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
