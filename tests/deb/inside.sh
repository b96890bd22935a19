#!/bin/sh
# usage: tests/deb/inside.sh
#
# Run by scripts/test-deb in a chroot, as root, with the packages in /root/packages and the programs to
# compile in /root/deb.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /root

fail()
{
    echo "$1" >&2
    exit 1
}

apt()
{
    apt-get -q --yes --no-install-recommends "$@" >/root/apt.log 2>&1 || {
        cat /root/apt.log
        fail "apt-get $* failed"
    }
}

# Without what apt and dpkg note about the packages that there were, and what is not on a disk.
files()
{
    find / -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /run -prune -o \
        -path /root -prune -o -path /tmp -prune -o -path /var/lib/dpkg -prune -o -path /var/lib/apt -prune -o \
        -path /var/cache -prune -o -path /var/log/apt -prune -o -print | sort
}

# install_package NAME: with what it depends on.
install_package()
{
    apt install "./packages/$1"_*.deb
}

programs_work()
{
    tcpstored --port 0 --port-file /tmp/port >/tmp/log 2>&1 &
    server=$!
    for _ in $(seq 600); do
        [ ! -e /tmp/port ] || break
        kill -0 $server || fail "tcpstored does not start: $(cat /tmp/log)"
        sleep 0.1
    done
    port=$(cat /tmp/port)
    tcpstore-cli -p "$port" set greeting hello
    [ "$(tcpstore-cli -p "$port" get greeting)" = hello ] || fail "tcpstore-cli does not get what it has set"
    tcpstore-bench --port "$port" --scenario ping --seconds 0.1 >/dev/null || fail "tcpstore-bench fails"
    kill $server
    wait $server || fail "tcpstored does not stop cleanly: $(cat /tmp/log)"
    for program in tcpstored tcpstore-cli tcpstore-bench; do
        [ -s /usr/share/bash-completion/completions/$program ] || fail "no completion for $program"
    done
    echo "works: the programs"
}

units_are_right()
{
    service=$(dpkg -L tcpstore | grep '/tcpstored.service$')
    socket=$(dpkg -L tcpstore | grep '/tcpstored.socket$')
    systemd-analyze verify --man=no "$socket" "$service" 2>verify.log && [ ! -s verify.log ] ||
        fail "systemd finds mistakes: $(cat verify.log)"
    [ "$(systemctl is-enabled tcpstored.socket)" = disabled ] || fail "the socket is on without being asked for"
    systemctl enable tcpstored.socket 2>/dev/null
    [ -h /etc/systemd/system/sockets.target.wants/tcpstored.socket ] || fail "the socket cannot be enabled"
    echo "works: the units"
}

# What systemd makes for the service, when it runs.
leave_records()
{
    mkdir -p /var/log/private/tcpstored
    ln -s private/tcpstored /var/log/tcpstored
    touch /var/log/private/tcpstored/tcpstored-1.record
}

# prints WORDS COMMAND…
prints()
{
    words=$1
    shift
    "$@" 2>&1 | grep -q "$words" || fail "$* does not print: $words"
}

development_works()
{
    # shellcheck disable=SC2046 # several flags
    cc -o client deb/outside/client.c $(pkg-config --cflags --libs tcpstore-client)
    prints refused ./client
    # shellcheck disable=SC2046
    cc -o server deb/outside/main.c $(pkg-config --cflags --libs tcpstore)
    prints ':[1-9]' ./server
    cmake -S deb/outside -B cmake >/dev/null
    cmake --build cmake >/dev/null
    prints refused cmake/client
    prints ':[1-9]' cmake/outside
    prints ':[1-9]' cmake/outside_static
    cmake -S /usr/share/doc/libtcpstore-dev/examples -B examples >/dev/null
    cmake --build examples >/dev/null
    prints "hello world" examples/embedded_server
    echo "works: pkg-config, CMake, and the examples"
}

apt update
# The tools of the tests are there before, so that what is left at the end is left by the packages.
apt install gcc libc6-dev cmake make pkg-config systemd
files >before

install_package tcpstore
programs_work
units_are_right
leave_records
[ "$(ldconfig -p | grep -c tcpstore)" -eq 0 ] || fail "the programs bring the libraries"

apt install ./packages/libtcpstore*.deb
development_works

apt purge tcpstore 'libtcpstore*'
apt autoremove --purge
files >after
diff before after >left || fail "after the purge there are other files than before: $(cat left)"
echo "works: purge leaves nothing"
