#include "embed/store_name.h"

#include <string.h>

#include "base/error.h"
#include "observe/sources.h"

int store_name_check(const char *name, struct tcpstore_error *error)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(name);

    if (len > 0 && len <= STORE_NAME_MAX && strspn(name, allowed) == len && name[0] != '.' &&
        name[0] != '-')
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "the name of a store has 1 to %d letters, digits, '.', '_' and '-', and does not begin "
        "with '.' or '-'",
        STORE_NAME_MAX);
}
