/* Keys of the wire, in the form in which the library takes several. */
#ifndef CLI_KEY_LIST_H
#define CLI_KEY_LIST_H

#include <stddef.h>

#include <tcpstore/client.h>

/* All zero is empty. */
struct key_list {
    struct tcpstore_span *spans;
    size_t count;
    size_t capacity;
};

/* Copies it. */
void key_list_add(struct key_list *list, struct tcpstore_span key);

/* In the order of people: rank_2 before rank_10. */
void key_list_sort(struct key_list *list);

/* Empties it and keeps its room. */
void key_list_clear(struct key_list *list);

void key_list_done(struct key_list *list);

#endif
