/* One flag of a program: its row in the table, its value, its default. */
#ifndef COMMON_FLAG_H
#define COMMON_FLAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

#define FLAG_LIST_MAX 64
#define FLAG_REFUSAL_SIZE 320
#define FLAG_DEFAULT_SIZE 96

struct flag_list {
    const char *items[FLAG_LIST_MAX];
    size_t count;
};

struct flag {
    const char *name;     /* without the dashes */
    const char *argument; /* the placeholder in --help; NULL: the flag takes no value */
    const char *what;     /* what a value must be, as in "not a port" */
    const char *help;
    const char *group;    /* heading above this flag; NULL: the group continues */
    const char *fallback; /* the default in words; NULL: the current value; "": no default */

    /* Where the value goes; exactly one is set. Texts are borrowed from argv. */
    bool *on;
    const char **text;
    struct flag_list *list; /* the flag may be repeated */
    int *choice;            /* index into `choices`, which ends with NULL */
    const char *const *choices;
    int *number;
    size_t *size;           /* bytes or a count, with K, M, G or T */
    uint32_t *milliseconds; /* given in seconds */

    /* For number, size and milliseconds. A `max` of 0 is the largest value of the type. */
    uint64_t min;
    uint64_t max;

    char letter; /* short form -X; 0: none */
};

/* Stores the value, or returns -1 with the reason, which follows the flag in a message:
 * "not a port, expected 0 to 65535". `text` is NULL if the flag takes no value. */
TCPSTORE_MUST_USE
int flag_take(const struct flag *flag, const char *text, char ret_refusal[FLAG_REFUSAL_SIZE]);

/* `fallback` or else the current value; empty if the flag has no default. */
void flag_show_default(const struct flag *flag, char ret_text[FLAG_DEFAULT_SIZE]);

#endif
