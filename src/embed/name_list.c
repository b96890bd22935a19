#include "embed/name_list.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int name_list_init(
    struct name_list *list, const char *const *names, size_t count,
    struct tcpstore_error *error)
{
    list->names = calloc(count + 1, sizeof(*list->names));
    list->count = 0;
    while (list->names != NULL && list->count < count) {
        char *copy = strdup(names[list->count]);

        if (copy == NULL)
            break;
        list->names[list->count++] = copy;
    }
    if (list->names != NULL && list->count == count)
        return 0;
    name_list_done(list);
    return error_set(error, TCPSTORE_ENOMEM, "out of memory for the names of relays");
}

bool name_list_has(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (fnmatch(list->names[i], name, FNM_NOESCAPE) == 0)
            return true;
    return list->count == 0;
}

void name_list_done(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct name_list){.names = NULL};
}
