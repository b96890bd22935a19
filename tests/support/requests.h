/* Adds requests to the end of a buffer, with the layouts of docs/PROTOCOL.md. It does not use
 * the encoder in src/, which it tests. */
#ifndef SUPPORT_REQUESTS_H
#define SUPPORT_REQUESTS_H

#include "support/buffer.h"

enum operation {
    OP_VALIDATE,
    OP_SET,
    OP_COMPARE_SET,
    OP_GET,
    OP_ADD,
    OP_CHECK,
    OP_WAIT,
    OP_GETNUMKEYS,
    OP_DELETE_KEY,
    OP_APPEND,
    OP_MULTI_GET,
    OP_MULTI_SET,
    OP_CANCEL_WAIT,
    OP_PING,
    OP_QUEUE_PUSH,
    OP_QUEUE_POP,
    OP_QUEUE_LEN,
    OP_LIST_KEYS,
    OP_BARRIER,
    OP_COUNT,
};

enum { MAGIC = 0x3C85F7CE };

/* VALIDATE, PING. */
void add_word(struct buffer *buffer, enum operation operation, uint32_t word);

/* GETNUMKEYS, CANCEL_WAIT, LIST_KEYS. */
void add_bare(struct buffer *buffer, enum operation operation);

/* GET, DELETE_KEY, QUEUE_POP, QUEUE_LEN. */
void add_keyed(struct buffer *buffer, enum operation operation, const char *key);

/* SET, APPEND, QUEUE_PUSH. */
void add_valued(
    struct buffer *buffer, enum operation operation, const char *key, struct span value);

/* ADD, BARRIER. */
void add_numbered(
    struct buffer *buffer, enum operation operation, const char *key, int64_t number);

/* CHECK, WAIT, MULTI_GET; spaces separate the keys, "" has none. */
void add_keys(struct buffer *buffer, enum operation operation, const char *keys);

/* MULTI_SET; `words` are key, value, key, value … */
void add_multi_set(struct buffer *buffer, const char *words);

void add_compare_set(
    struct buffer *buffer, const char *key, struct span expected, struct span desired);

/* A request of that operation with no empty field. */
void add_example(struct buffer *buffer, enum operation operation);

#endif
