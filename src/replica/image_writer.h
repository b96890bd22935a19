/*
 * Writes an image of a state: numbers and bytes, one after the other. A large value is shared,
 * not copied. Not thread-safe.
 */
#ifndef REPLICA_IMAGE_WRITER_H
#define REPLICA_IMAGE_WRITER_H

#include "base/outbox.h"

struct image_writer {
    struct outbox *image;
    int error; /* TCPSTORE_ENOMEM, or that of the outbox: what follows is not written. 0: none
                */
};

void image_put_u8(struct image_writer *writer, uint8_t value);
void image_put_u32(struct image_writer *writer, uint32_t value);
void image_put_u64(struct image_writer *writer, uint64_t value);

/* A name: less than 4 GiB. */
void image_put_bytes(struct image_writer *writer, struct span bytes);

/* A value, which must not change as long as the image exists. */
void image_put_value(struct image_writer *writer, const struct slice *value);

#endif
