/* Bytes that grow at their end. A null byte, not counted, follows them once there are any. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stddef.h>

#include <tcpstore/client.h>

/* All zero is empty. */
struct bytes {
    char *data;
    size_t size;
    size_t capacity;
};

void bytes_append(struct bytes *bytes, const void *data, size_t size);

void bytes_append_text(struct bytes *bytes, const char *text);

void bytes_append_byte(struct bytes *bytes, unsigned char byte);

/* Empties them and keeps their room. */
void bytes_clear(struct bytes *bytes);

/* Until they grow. */
struct tcpstore_span bytes_span(const struct bytes *bytes);

void bytes_done(struct bytes *bytes);

#endif
