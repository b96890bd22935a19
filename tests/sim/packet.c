#include "sim/packet.h"

#include <stdlib.h>

#include "sim/allocate.h"

struct packet *packets_take(struct packets *packets)
{
    struct packet *packet = packets->spare;

    if (packet == NULL)
        return allocate(1, sizeof(*packet));
    packets->spare = packet->next;
    return packet;
}

void packets_give(struct packets *packets, struct packet *packet)
{
    packet->next = packets->spare;
    packets->spare = packet;
}

void packets_done(struct packets *packets)
{
    struct packet *packet;

    while ((packet = packets->spare) != NULL) {
        packets->spare = packet->next;
        buffer_free(&packet->bytes);
        free(packet);
    }
}

void packet_seal(struct packet *packet, const struct vocabulary *vocabulary)
{
    packet->done = 0;
    packet->given = 0;
    packet->bytes.len = 0;
    for (uint32_t i = 0; i < packet->count; i++) {
        command_add_bytes(&packet->commands[i], vocabulary, &packet->bytes);
        packet->ends[i] = packet->bytes.len;
    }
}
