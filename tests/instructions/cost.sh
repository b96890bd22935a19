#!/bin/sh
# usage: tests/instructions/cost.sh WORK_FOLDER [WORD]
#
# Compiles cost/ with counters in the rooms, so that every preset counts the same, and runs it. With
# WORD it prints the figures of the attacks with that word in their name.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"

compile()
{
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -DNDEBUG -Werror -I"$root/src" -I"$root/include" -c "$@"
}

wraps=
for function in memcpy memmove memset memcmp bcmp; do
    wraps="$wraps,--wrap=$function"
done
for room in base wire store record engine; do
    mkdir "$folder/$room"
    cd "$folder/$room"
    compile -fsanitize-coverage=trace-pc "$root/src/$room"/*.c
done
cd "$folder"
compile "$root"/tests/instructions/cost/*.c
${CC:-cc} -Wl"$wraps" -o cost.program ./*.o ./*/*.o
exec ./cost.program "$@"
