#!/bin/sh
# usage: tests/instructions/verdicts.sh WORK_FOLDER
#
# What bench/instructions/check makes of counts, with a compiler and a valgrind of the test's own
# that only claim to be these: a known compiler is compared, an unknown one recorded.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1"
mkdir -p "$1/bin"
cd "$1"

fail()
{
    cat output
    echo "$1" >&2
    exit 1
}

cat >bin/cc <<'END'
#!/bin/sh
case $1 in
-dumpversion) echo "$VERSION" ;;
-dumpmachine) echo x86_64-linux-gnu ;;
esac
END
cat >bin/valgrind <<'END'
#!/bin/sh
for argument; do
    case $argument in
    --callgrind-out-file=*) echo "summary: $COUNTED" >"${argument#*=}" ;;
    esac
done
END
chmod +x bin/cc bin/valgrind

# check_as VERSION COUNTED: with the status of the check.
check_as()
{
    VERSION=$1 COUNTED=$2 CC=$PWD/bin/cc PATH=$PWD/bin:$PATH \
        "$root/bench/instructions/check" record.json >output
}

check_as 12.2.0 16000 || fail "one instruction per operation is too many for a known compiler"
grep -q TOO output && fail "one instruction per operation is too many"
check_as 12.2.0 160000000 && fail "ten thousand instructions per operation are few enough"
grep -q 'TOO MANY' output || fail "what is too much is not named"
[ ! -e record.json ] || fail "a known compiler is recorded"

check_as 99.1.0 160000000 || fail "an unknown compiler fails"
grep -q '^NOT COMPARED: there is no baseline for gcc 99, x86_64-linux-gnu' output ||
    fail "that nothing was compared is not said"
grep -q '"gcc 99, x86_64-linux-gnu"' record.json || fail "the record does not name the compiler"
grep -q '"get, depth 1": 10000.0' record.json || fail "the record lacks a count"

check_as 12.2.0 16000
[ ! -e record.json ] || fail "the record of another compiler stays"
