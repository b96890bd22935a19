#!/bin/sh
# usage: tests/headers/alone.sh
#
# Every public header compiles on its own, and included twice, as C17 and as C++17. C++ can name
# each struct without "struct". The examples compile as C++, too.
set -u
cd "$(dirname "$0")/../../include" || exit 1

failed=0
compiles()
{
    what=$1
    shift
    "$@" -Wall -Wextra -Wpedantic -Werror -I . -fsyntax-only - || {
        echo "$what does not compile with: $*"
        failed=1
    }
}

include_twice()
{
    printf '#include <%s>\n#include <%s>\nint alone;\n' "$1" "$1"
}

# C++ cannot name a struct alone if a function has the same name.
name_structs()
{
    include_twice "$1"
    sed -n 's/^struct \(tcpstore_[a-z_]*\).*/extern \1 *a_\1;/p' "$1"
}

for header in tcpstore/*.h; do
    include_twice "$header" | compiles "$header" cc -x c -std=c17 -Wstrict-prototypes
    name_structs "$header" | compiles "$header" c++ -x c++ -std=c++17
done
for example in ../examples/*.c; do
    compiles "$example" c++ -x c++ -std=c++17 <"$example"
done
exit $failed
