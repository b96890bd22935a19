#!/bin/sh
# usage: tests/headers/alone.sh
#
# Every public header compiles with nothing in front of it, and twice over, as C17
# and as C++17.
set -u
cd "$(dirname "$0")/../../include" || exit 1

failed=0
compiles()
{
    header=$1
    shift
    printf '#include <%s>\n#include <%s>\nint alone;\n' "$header" "$header" |
        "$@" -Wall -Wextra -Wpedantic -Werror -I . -fsyntax-only - || {
        echo "$header does not compile alone with: $*"
        failed=1
    }
}

for header in tcpstore/*.h; do
    compiles "$header" cc -x c -std=c17 -Wstrict-prototypes
    compiles "$header" c++ -x c++ -std=c++17
done
exit $failed
