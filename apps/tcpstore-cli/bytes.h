/* Arrays, bytes and lists of keys that grow. If memory runs out, the program exits. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stddef.h>

#include <tcpstore/client.h>

/* As reallocarray, but never returns NULL. */
void *memory_resize(void *old, size_t count, size_t size);

/* The new capacity for an array that needs room for `needed` entries: at least twice
 * `capacity`. */
size_t memory_grown(size_t capacity, size_t needed);

/* Reports that memory ran out and exits. */
void memory_exhausted(void) __attribute__((noreturn));

/* Bytes that grow at their end. A null byte, not counted, follows them once any were appended.
 * All zero is empty. */
struct bytes {
    char *data;
    size_t size;
    size_t capacity;
};

void bytes_append(struct bytes *bytes, const void *data, size_t size);

void bytes_append_text(struct bytes *bytes, const char *text);

void bytes_append_byte(struct bytes *bytes, unsigned char byte);

/* Empties them and keeps the memory. */
void bytes_clear(struct bytes *bytes);

/* Valid until the bytes grow. */
struct tcpstore_span bytes_span(const struct bytes *bytes);

void bytes_done(struct bytes *bytes);

/* An array of keys as the library takes it. All zero is empty. */
struct key_list {
    struct tcpstore_span *spans;
    size_t count;
    size_t capacity;
};

/* Copies the key. */
void key_list_add(struct key_list *list, struct tcpstore_span key);

/* Orders numbers in keys by their value: rank_2 before rank_10. */
void key_list_sort(struct key_list *list);

/* Empties it and keeps the memory of the array. */
void key_list_clear(struct key_list *list);

void key_list_done(struct key_list *list);

#endif
