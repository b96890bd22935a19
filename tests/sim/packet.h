/* A burst of a client's on its way: commands, their bytes, and how far these have come. */
#ifndef SIM_PACKET_H
#define SIM_PACKET_H

#include "sim/generator.h"

struct packet {
    struct packet *next; /* of those that are spare */
    uint32_t count;
    uint32_t done; /* commands that were executed */
    size_t given;  /* bytes that have arrived, as far as they can have been handled */
    struct buffer bytes;
    struct command commands[BURST];
    size_t ends[BURST]; /* of each command, in `bytes` */
};

/* Packets that nobody uses, for the next to come. */
struct packets {
    struct packet *spare;
};

/* With room for BURST commands; for the caller to fill and to packet_seal. */
struct packet *packets_take(struct packets *packets);
void packets_give(struct packets *packets, struct packet *packet);
void packets_done(struct packets *packets);

/* Puts the bytes of the commands together. */
void packet_seal(struct packet *packet, const struct vocabulary *vocabulary);

/* Where the bytes of the first command begin that was not executed. */
static inline size_t packet_start(const struct packet *packet)
{
    return packet->done == 0 ? 0 : packet->ends[packet->done - 1];
}

#endif
