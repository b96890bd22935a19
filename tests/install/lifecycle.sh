#!/bin/sh
# usage: tests/install/lifecycle.sh WORK_FOLDER
#
# `make install` changes nothing in the build and prints every step that remains for the user. `make
# uninstall` removes all that it installed, and no other file.
set -eu
. "$(dirname "$0")/support.sh"

files_below()
{
    find "$@" ! -type d
}

# A refused command writes nothing; an accepted one builds nothing.
is_refused "first: make build" install PREFIX="$work/prefix" RELEASE="$work/none"
mkdir saved
cp -p "$build/built" saved
touch -d 2000-01-01 "$build/built"
is_refused "newer than what was built.* first: make build" install PREFIX="$work/prefix"
cp -p saved/built "$build"
is_refused "not an absolute path" install PREFIX=prefix
is_refused "has a space" install PREFIX="$work/a prefix"
is_refused "hides /home/somebody" install PREFIX=/home/somebody DESTDIR="$work/stage" UNITS=yes
mkdir -m 555 closed
[ "$(id -u)" -ne 0 ] || as="setpriv --bounding-set=-all --inh-caps=-all" # root may write anywhere else
is_refused "closed: no permission to write there; use sudo" install PREFIX="$work/closed/prefix"
is_refused "closed: no permission to write there; use sudo" uninstall PREFIX="$work/closed/prefix"
as=
[ ! -e prefix ] && [ ! -e stage ] || fail "a refused command has written files"

find "$build" | sort >before
touch now
installs PREFIX="$work/prefix"
find "$build" | sort | diff before - || fail "files in the build were added or removed"
[ -z "$(files_below "$build" -newer now)" ] || fail "the build was changed"

# The printed lines make programs and libraries available in a new shell.
sed -n 's/^\(export .*\)$/\1/p' make.log >lines
[ "$(wc -l <lines)" -eq 3 ] || fail "make install did not print three export lines"
cat >session <<END
set -eu
. ./lines
tcpstored --version
tcpstore-cli --version
cc -o program $root/tests/install/outside/main.c \$(pkg-config --cflags --libs tcpstore)
./program | grep ':[1-9]'
END
env -i PATH=/usr/local/bin:/usr/bin:/bin sh session || fail "a program or library is not found after the printed lines"

touch prefix/bin/foreign
uninstalls PREFIX="$work/prefix"
[ "$(files_below prefix)" = prefix/bin/foreign ] || fail "make uninstall did not leave just the foreign file: $(files_below prefix)"
rm prefix/bin/foreign
installs PREFIX="$work/prefix/"
uninstalls PREFIX="$work/prefix"
[ ! -e prefix ] || fail "make uninstall left folders: $(find prefix)"

# Whatever the prefix, systemd finds the units, and they start the installed program.
for prefix in /usr /usr/local /opt/tcpstore; do
    rm -rf stage
    installs PREFIX=$prefix DESTDIR="$work/stage" UNITS=yes
    if grep -q '^export ' make.log; then
        fail "an install with DESTDIR prints export lines for this machine"
    fi
    service=$(find stage -name tcpstored.service)
    folder=$(dirname "${service#stage}")
    systemd-analyze unit-paths | grep -qx "$folder" || fail "systemd does not look in $folder"
    [ -s "stage$folder/tcpstored.socket" ] || fail "the socket unit is missing"
    started=$(sed -n 's/^ExecStart=//p' "$service")
    [ -x "stage$started" ] || fail "$service starts $started, which does not exist"
    uninstalls PREFIX=$prefix DESTDIR="$work/stage"
    [ -z "$(files_below stage)" ] || fail "PREFIX=$prefix leaves $(files_below stage)"
done

installs PREFIX=/opt/one DESTDIR="$work/stage" UNITS=yes
installs PREFIX=/opt/other DESTDIR="$work/stage"
uninstalls PREFIX=/opt/other DESTDIR="$work/stage"
[ -e stage/usr/local/lib/systemd/system/tcpstored.service ] || fail "make uninstall removed the units of another prefix"
uninstalls PREFIX=/opt/one DESTDIR="$work/stage"
