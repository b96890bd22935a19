/*
 * An engine's image, in the order of these parts; integers are little-endian:
 *
 *     u32 version
 *     u32 operations, each: u64 requests executed
 *     u64 keys, each: name, value
 *     u64 queues, each: name, u64 length, each: value
 *     u32 sessions, each: u8 flags, u64 requests executed, first key, u32 size of its barrier,
 *         value: bytes that have arrived of a request
 *     u32 crowds, u64 number of the next wait, u64 waits, each: u64 number, u8 kind, and
 *         WAIT_OF_SESSION  u32 session, name
 *         WAIT_COUNTED     u32 session, name
 *         WAIT_OF_CROWD    u32 crowd, name
 *         WAIT_IN_CROWD    u32 session, u32 crowd
 *
 * A name or key is u32 length, bytes; a value is u64 length, bytes.
 */
#ifndef REPLICA_ENGINE_LAYOUT_H
#define REPLICA_ENGINE_LAYOUT_H

enum { ENGINE_IMAGE_VERSION = 1 };

enum {
    SESSION_VALIDATED = 1 << 0,
    SESSION_IS_KNOWN = 1 << 1,
    SESSION_FLAGS = SESSION_VALIDATED | SESSION_IS_KNOWN,
};

enum wait_kind {
    WAIT_OF_SESSION,
    WAIT_COUNTED, /* by a barrier */
    WAIT_OF_CROWD,
    WAIT_IN_CROWD,
};

#endif
