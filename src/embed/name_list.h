/* Names that are allowed, with '*' for any characters. */
#ifndef EMBED_NAME_LIST_H
#define EMBED_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <tcpstore/error.h>

/* One that is all zero is empty. */
struct name_list {
    char **names;
    size_t count;
};

/* Copies the texts. TCPSTORE_ENOMEM: nothing is left. */
TCPSTORE_MUST_USE
int name_list_init(
    struct name_list *list, const char *const *names, size_t count,
    struct tcpstore_error *error);

/* An empty list has every name. */
bool name_list_has(const struct name_list *list, const char *name);

void name_list_done(struct name_list *list);

#endif
