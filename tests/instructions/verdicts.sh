#!/bin/sh
# usage: tests/instructions/verdicts.sh WORK_FOLDER
#
# The verdicts of bench/instructions/check, with a fake compiler and a fake valgrind: the counts of
# a known compiler are compared, those of an unknown one recorded.
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

# check_as VERSION COUNTED: runs the check with that gcc and that count, and returns its status.
check_as()
{
    VERSION=$1 COUNTED=$2 CC=$PWD/bin/cc PATH=$PWD/bin:$PATH \
        "$root/bench/instructions/check" record.json >output
}

check_as 12.2.0 16000 || fail "the check fails with one instruction per operation"
grep -q TOO output && fail "one instruction per operation is called too many"
check_as 12.2.0 160000000 && fail "the check passes with ten thousand instructions per operation"
grep -q 'TOO MANY' output || fail "ten thousand instructions per operation are not called too many"
[ ! -e record.json ] || fail "the counts of a known compiler are recorded"

check_as 99.1.0 160000000 || fail "the check fails with an unknown compiler"
grep -q '^NOT COMPARED: no baseline for gcc 99, x86_64-linux-gnu' output ||
    fail "the check does not say that it compared nothing"
grep -q '"gcc 99, x86_64-linux-gnu"' record.json || fail "the record does not name the compiler"
grep -q '"get, depth 1": 10000.0' record.json || fail "the record lacks a count"

check_as 12.2.0 16000 || fail "the check fails after a record was made"
[ ! -e record.json ] || fail "the record of another compiler is kept"
