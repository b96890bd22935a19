#!/bin/sh
# usage: tests/install/lifecycle.sh WORK_FOLDER
#
# `make install` prints every step that is left to do, and installs a finished build without
# changing it. `make uninstall` removes exactly what was installed.
set -eu
. "$(dirname "$0")/support.sh"

files_below()
{
    find "$@" ! -type d
}

# It refuses to install without an up-to-date build or to an unusable prefix.
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
[ "$(id -u)" -ne 0 ] || as="setpriv --bounding-set=-all --inh-caps=-all" # root may write anywhere
is_refused "closed: no permission to write there; use sudo" install PREFIX="$work/closed/prefix"
is_refused "closed: no permission to write there; use sudo" uninstall PREFIX="$work/closed/prefix"
as=
[ ! -e prefix ] && [ ! -e stage ] || fail "a refused installation has installed something"

find "$build" | sort >before
touch now
installs PREFIX="$work/prefix"
find "$build" | sort | diff before - || fail "make install added or removed files in the build"
[ -z "$(files_below "$build" -newer now)" ] || fail "make install changed files in the build"

# A new shell that runs the printed lines finds everything.
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
env -i PATH=/usr/local/bin:/usr/bin:/bin sh session || fail "the printed lines are not enough"

touch prefix/bin/foreign
uninstalls PREFIX="$work/prefix"
[ "$(files_below prefix)" = prefix/bin/foreign ] ||
    fail "make uninstall left other files than prefix/bin/foreign: $(files_below prefix)"
rm prefix/bin/foreign
installs PREFIX="$work/prefix/"
uninstalls PREFIX="$work/prefix"
[ ! -e prefix ] || fail "make uninstall left folders: $(find prefix)"

# For each prefix, systemd finds the units, and they start the installed program.
for prefix in /usr /usr/local /opt/tcpstore; do
    rm -rf stage
    installs PREFIX=$prefix DESTDIR="$work/stage" UNITS=yes
    if grep -q '^export ' make.log; then
        fail "make install with DESTDIR prints export lines"
    fi
    service=$(find stage -name tcpstored.service)
    folder=$(dirname "${service#stage}")
    systemd-analyze unit-paths | grep -qx "$folder" || fail "systemd does not look in $folder"
    [ -s "stage$folder/tcpstored.socket" ] || fail "the socket unit is missing"
    started=$(sed -n 's/^ExecStart=//p' "$service")
    [ -x "stage$started" ] || fail "$service starts $started, which was not installed"
    uninstalls PREFIX=$prefix DESTDIR="$work/stage"
    [ -z "$(files_below stage)" ] || fail "make uninstall PREFIX=$prefix left $(files_below stage)"
done

installs PREFIX=/opt/one DESTDIR="$work/stage" UNITS=yes
installs PREFIX=/opt/other DESTDIR="$work/stage"
uninstalls PREFIX=/opt/other DESTDIR="$work/stage"
[ -e stage/usr/local/lib/systemd/system/tcpstored.service ] ||
    fail "make uninstall removed the units of another prefix"
uninstalls PREFIX=/opt/one DESTDIR="$work/stage"
