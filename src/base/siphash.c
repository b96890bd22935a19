#include "base/siphash.h"

#include "base/bytes.h"

struct sip_state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(struct sip_state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_compress(struct sip_state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/* The last 0 to 7 bytes, with the message's length in the top byte. */
static inline uint64_t sip_last_word(struct span message)
{
    const uint8_t *tail = message.bytes + (message.len & ~(size_t)7);
    uint64_t word = (uint64_t)message.len << 56;

    for (size_t i = 0; i < (message.len & 7); i++)
        word |= (uint64_t)tail[i] << (8 * i);
    return word;
}

uint64_t siphash(const struct siphash_key *key, struct span message)
{
    struct sip_state s = {
        .v0 = key->words[0] ^ 0x736f6d6570736575U,
        .v1 = key->words[1] ^ 0x646f72616e646f6dU,
        .v2 = key->words[0] ^ 0x6c7967656e657261U,
        .v3 = key->words[1] ^ 0x7465646279746573U,
    };

    for (size_t i = 0; i + 8 <= message.len; i += 8)
        sip_compress(&s, bytes_get_u64(message.bytes + i));
    sip_compress(&s, sip_last_word(message));
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
