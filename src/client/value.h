/* The values in the answers to a flight, within a bound on the memory they take. */
#ifndef CLIENT_VALUE_H
#define CLIENT_VALUE_H

#include <tcpstore/client.h>

/* What a value takes besides its bytes: its place in an array that may have grown to twice the
 * need, and the smallest block of glibc's malloc. */
enum { VALUE_OVERHEAD = 64 };

/* All zero: empty, with a bound that admits no value. */
struct values {
    size_t bytes_max; /* bound on `bytes` */
    size_t bytes;     /* sizes announced so far, with VALUE_OVERHEAD for each value */
    struct tcpstore_value *items;
    size_t count;
    size_t room;
};

/* Whether `count` more values of `size` bytes in all exceed the bound. */
bool values_exceed_bound(const struct values *values, uint64_t count, uint64_t size);

/* Adds an empty value with room for `room` bytes and a terminator; counts it as `size` bytes.
 * TCPSTORE_ENOMEM. */
int values_add(struct values *values, size_t size, size_t room);

/* The one added last. */
static inline struct tcpstore_value *values_last(const struct values *values)
{
    return &values->items[values->count - 1];
}

/* The array and the values in it become the caller's, for tcpstore_values_free. */
void values_take(struct values *values, struct tcpstore_value **ret_items, size_t *ret_count);

/* Frees all of them. */
void values_drop(struct values *values);

#endif
