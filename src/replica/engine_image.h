/*
 * The image of an engine: its keys, its queues, its sessions and all that they wait for, in
 * their orders. Restored from it, another engine does the same from then on. Equal states have
 * equal images, whatever their past. Not thread-safe.
 *
 * The engine must be at rest: each session has executed all requests that are whole, and no
 * release is left to be taken. What is remembered of the requests of several clients, to answer
 * them faster, is not in the image.
 */
#ifndef REPLICA_ENGINE_IMAGE_H
#define REPLICA_ENGINE_IMAGE_H

#include "engine/engine.h"
#include "replica/image_reader.h"
#include "replica/image_writer.h"

/* The sessions of an engine, all of them. */
struct engine_sessions {
    struct session **list;
    uint32_t count;
};

/* The number of each session is its index in the list. The image shares large values, as
 * image_put_value. On failure writer->error is TCPSTORE_ENOMEM. */
void engine_image_write(
    struct image_writer *writer, struct engine *engine, struct engine_sessions sessions);

/*
 * Restores the engine, which is new, and its sessions, which have just entered, in the same
 * number. `effects` is scratch. After an error the sessions leave as ever. Errors:
 *
 * TCPSTORE_ENOMEM   memory is refused
 * TCPSTORE_EINVAL   the image is damaged, or of a later version
 */
TCPSTORE_MUST_USE
int engine_image_read(
    struct image_reader *reader, struct engine *engine, struct engine_sessions sessions,
    struct effects *effects);

#endif
