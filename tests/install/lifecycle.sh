#!/bin/sh
# usage: tests/install/lifecycle.sh WORK_FOLDER
#
# What `make install` leaves to do is what it says; it takes a finished build as it is; `make
# uninstall` leaves nothing of it, and all of what others have put there.
set -eu
. "$(dirname "$0")/support.sh"

files_below()
{
    find "$@" ! -type d
}

# It builds nothing, and leaves nothing in the build.
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
[ ! -e prefix ] && [ ! -e stage ] || fail "what was refused was begun"

find "$build" | sort >before
touch now
installs PREFIX="$work/prefix"
find "$build" | sort | diff before - || fail "the build has other files than before"
[ -z "$(files_below "$build" -newer now)" ] || fail "the build was changed"

# In a new shell all is found once the lines that it has printed are executed.
sed -n 's/^\(export .*\)$/\1/p' make.log >lines
[ "$(wc -l <lines)" -eq 3 ] || fail "it did not print three lines to execute"
cat >session <<END
set -eu
. ./lines
tcpstored --version
tcpstore-cli --version
cc -o program $root/tests/install/outside/main.c \$(pkg-config --cflags --libs tcpstore)
./program | grep ':[1-9]'
END
env -i PATH=/usr/local/bin:/usr/bin:/bin sh session || fail "something is not found"

touch prefix/bin/foreign
uninstalls PREFIX="$work/prefix"
[ "$(files_below prefix)" = prefix/bin/foreign ] || fail "it left or took too much: $(files_below prefix)"
rm prefix/bin/foreign
installs PREFIX="$work/prefix/"
uninstalls PREFIX="$work/prefix"
[ ! -e prefix ] || fail "folders are left: $(find prefix)"

# Units are where systemd looks and start what is installed, whatever the prefix.
for prefix in /usr /usr/local /opt/tcpstore; do
    rm -rf stage
    installs PREFIX=$prefix DESTDIR="$work/stage" UNITS=yes
    if grep -q '^export ' make.log; then
        fail "a package's build is told about the paths of this machine"
    fi
    service=$(find stage -name tcpstored.service)
    folder=$(dirname "${service#stage}")
    systemd-analyze unit-paths | grep -qx "$folder" || fail "systemd does not look in $folder"
    [ -s "stage$folder/tcpstored.socket" ] || fail "there is no socket unit"
    started=$(sed -n 's/^ExecStart=//p' "$service")
    [ -x "stage$started" ] || fail "$service starts $started, which is not there"
    uninstalls PREFIX=$prefix DESTDIR="$work/stage"
    [ -z "$(files_below stage)" ] || fail "PREFIX=$prefix leaves $(files_below stage)"
done

installs PREFIX=/opt/one DESTDIR="$work/stage" UNITS=yes
installs PREFIX=/opt/other DESTDIR="$work/stage"
uninstalls PREFIX=/opt/other DESTDIR="$work/stage"
[ -e stage/usr/local/lib/systemd/system/tcpstored.service ] || fail "another prefix's units are gone"
uninstalls PREFIX=/opt/one DESTDIR="$work/stage"
