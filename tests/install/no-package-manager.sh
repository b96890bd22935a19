#!/bin/sh
# usage: tests/install/no-package-manager.sh WORK_FOLDER COMMAND…
#
# Runs COMMAND, and fails if it calls a package manager, or sudo to run one.
set -eu
mkdir -p "$1"
folder=$(mktemp -d "$1/managers.XXXXXX")
trap 'rm -rf "$folder"' EXIT
shift

for name in apk apt apt-get aptitude dnf pacman pip pip3 sudo yum zypper; do
    cat >"$folder/$name" <<END
#!/bin/sh
echo "$name \$*" >>"$folder/called"
exit 1
END
done
chmod +x "$folder"/*

result=0
PATH=$folder:$PATH "$@" || result=$?
if [ -e "$folder/called" ]; then
    echo "$* calls a package manager:" >&2
    cat "$folder/called" >&2
    result=1
fi
exit $result
