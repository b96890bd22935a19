/* Reads an image that an image_writer has written, or one that is damaged. Not thread-safe. */
#ifndef REPLICA_IMAGE_READER_H
#define REPLICA_IMAGE_READER_H

#include "base/span.h"

struct image_reader {
    struct span rest;
    bool is_damaged; /* what is read from then on is 0, or empty */
};

uint8_t image_get_u8(struct image_reader *reader);
uint32_t image_get_u32(struct image_reader *reader);
uint64_t image_get_u64(struct image_reader *reader);

/* Borrowed from the image. */
struct span image_get_bytes(struct image_reader *reader);
struct span image_get_value(struct image_reader *reader);

#endif
