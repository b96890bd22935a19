/*
 * The operations of the protocol: one table defines their numbers, names and layouts.
 * docs/PROTOCOL.md describes them.
 *
 * A request is an opcode byte and the fields of its layout. In a counted layout a u64 count
 * precedes the fields, which are repeated as many times. scan.c reads three forms of layout: at
 * most a u32; a key, then up to two blobs or an i64; a count, then keys, or keys and blobs.
 */
#ifndef WIRE_OPCODE_H
#define WIRE_OPCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, number, counted, field, field, field) */
#define WIRE_OPCODES(X)                       \
    X(VALIDATE, 0, false, U32, END, END)      \
    X(SET, 1, false, KEY, BLOB, END)          \
    X(COMPARE_SET, 2, false, KEY, BLOB, BLOB) \
    X(GET, 3, false, KEY, END, END)           \
    X(ADD, 4, false, KEY, I64, END)           \
    X(CHECK, 5, true, KEY, END, END)          \
    X(WAIT, 6, true, KEY, END, END)           \
    X(GETNUMKEYS, 7, false, END, END, END)    \
    X(DELETE_KEY, 8, false, KEY, END, END)    \
    X(APPEND, 9, false, KEY, BLOB, END)       \
    X(MULTI_GET, 10, true, KEY, END, END)     \
    X(MULTI_SET, 11, true, KEY, BLOB, END)    \
    X(CANCEL_WAIT, 12, false, END, END, END)  \
    X(PING, 13, false, U32, END, END)         \
    X(QUEUE_PUSH, 14, false, KEY, BLOB, END)  \
    X(QUEUE_POP, 15, false, KEY, END, END)    \
    X(QUEUE_LEN, 16, false, KEY, END, END)    \
    X(LIST_KEYS, 17, false, END, END, END)    \
    X(BARRIER, 18, false, KEY, I64, END)

enum wire_opcode {
#define WIRE_OPCODE_ENUM(name, number, counted, first, second, third) WIRE_##name = number,
    WIRE_OPCODES(WIRE_OPCODE_ENUM)
#undef WIRE_OPCODE_ENUM
};

enum {
    WIRE_OPCODE_COUNT = WIRE_BARRIER + 1,
    WIRE_MAX_FIELDS = 3,
    WIRE_OPCODE_SIZE = 1,
    WIRE_COUNTED_HEAD = WIRE_OPCODE_SIZE + 8, /* opcode and count */
    WIRE_LENGTH_SIZE = 8,                     /* in front of a key or a value */
};

enum wire_field {
    WIRE_END,
    WIRE_U32,
    WIRE_I64,
    WIRE_KEY,  /* u64 length, bytes */
    WIRE_BLOB, /* u64 length, bytes */
};

struct wire_layout {
    const char *name;
    bool counted;
    uint8_t fields[WIRE_MAX_FIELDS + 1]; /* enum wire_field, up to WIRE_END */
    uint8_t min_size;                    /* bytes of the fields if they are empty */
};

/* By opcode. */
extern const struct wire_layout wire_layouts[WIRE_OPCODE_COUNT];

/* NULL for an unknown opcode. */
static inline const struct wire_layout *wire_layout_of(uint8_t opcode)
{
    return opcode < WIRE_OPCODE_COUNT ? &wire_layouts[opcode] : NULL;
}

/* Whether a request with this opcode carries a value. */
bool wire_carries_value(uint8_t opcode);

/* "SET" for WIRE_SET, "unknown" for an unknown opcode. Static storage. */
static inline const char *wire_opcode_name(uint8_t opcode)
{
    return opcode < WIRE_OPCODE_COUNT ? wire_layouts[opcode].name : "unknown";
}

#define WIRE_VALIDATE_MAGIC 0x3C85F7CEu

/* The one-byte replies. */
enum wire_status {
    WIRE_READY = 0, /* CHECK */
    WIRE_NOT_READY = 1,
    WIRE_STOP_WAITING = 0, /* WAIT, BARRIER */
    WIRE_WAIT_CANCELED = 1 /* CANCEL_WAIT */
};

#endif
