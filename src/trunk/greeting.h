/*
 * How the ends of a trunk greet each other on a new link: the relay says HELLO, and the store
 * WELCOME, or REFUSED and why. Integers are little-endian:
 *
 *     HELLO    u32 version, 16 bytes cluster, 16 bytes relay, 16 bytes instance, u64 received,
 *              u8 is known, name
 *     WELCOME  u32 version, 16 bytes cluster, u64 received, u64 the longest key, u64 the
 *              longest value, u32 the most keys of a request, u32 window, u32 ms,
 *              u8 count of relays, 16 bytes instance of each
 *     REFUSED  u32 code, text
 */
#ifndef TRUNK_GREETING_H
#define TRUNK_GREETING_H

#include "trunk/frame.h"
#include "trunk/relay_path.h"

enum {
    GREETING_VERSION = 1,
    GREETING_ID_SIZE = RELAY_ID_SIZE,
    GREETING_TEXT_MAX = 255, /* bytes of a name or a text */
    GREETING_MAX = FRAME_HEAD + 4 + 3 * GREETING_ID_SIZE + 8 + 1 + GREETING_TEXT_MAX,
};

struct hello {
    uint32_t version;
    uint8_t cluster[GREETING_ID_SIZE];  /* reserved; all zero: any */
    uint8_t relay[GREETING_ID_SIZE];    /* random; the same on every link of a relay */
    uint8_t instance[GREETING_ID_SIZE]; /* random; the same while the relay runs, also when it
                                           is forgotten and comes as a new one */
    uint64_t received;                  /* the number of the last item; 0: none */
    bool is_known;                      /* the relay was welcomed before */
    struct span name;                   /* of the relay's host */
};

struct welcome {
    uint32_t version;
    uint8_t cluster[GREETING_ID_SIZE];
    uint64_t received; /* of this relay */
    uint64_t key_bytes;
    uint64_t value_bytes;
    uint32_t keys_per_request;
    uint32_t window;        /* bytes that the store may have sent to a client: window.h */
    uint32_t away_ms;       /* a relay that is away for longer is forgotten, with its clients */
    struct relay_path path; /* from the relay that is welcomed to the store */
};

enum refused_code {
    REFUSED_VERSION = 1, /* the ends have no version in common */
    REFUSED_CLUSTER = 2, /* reserved: it is another store than the relay's */
    REFUSED_NAME = 3,    /* reserved: this relay may not connect */
    REFUSED_GONE = 4,    /* the relay is not known any more: its clients have left */
    REFUSED_FULL = 5,    /* too many relays */
    REFUSED_ALONE = 6,   /* this end is a relay itself, and has no store now */
    REFUSED_CIRCLE = 7,  /* this end reaches the store by the relay that greets */
    REFUSED_DEEP = 8,    /* too many relays between the one that greets and the store */
};

struct refused {
    uint32_t code; /* a later version may have others */
    struct span text;
};

/* Each writes at most GREETING_MAX bytes, and returns the byte after them. Of a name or text,
 * only the first GREETING_TEXT_MAX bytes are written. */
uint8_t *greeting_put_hello(uint8_t *bytes, const struct hello *hello);
uint8_t *greeting_put_welcome(uint8_t *bytes, const struct welcome *welcome);
uint8_t *greeting_put_refused(uint8_t *bytes, const struct refused *refused);

/* False: the frame is of another type, or malformed. Spans borrow the frame's bytes. A later
 * version may have more behind: `version` is read even then. */
bool greeting_read_hello(const struct frame *frame, struct hello *ret_hello);
bool greeting_read_welcome(const struct frame *frame, struct welcome *ret_welcome);
bool greeting_read_refused(const struct frame *frame, struct refused *ret_refused);

#endif
