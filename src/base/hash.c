#include "base/hash.h"

#include "base/bytes.h"

__extension__ typedef unsigned __int128 uint128;

static uint64_t fold(uint64_t a, uint64_t b)
{
    uint128 product = (uint128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The last 0 to 16 bytes as two words, which overlap if the bytes are fewer than 16. */
struct tail {
    uint64_t first, last;
};

static struct tail read_tail(const uint8_t *bytes, size_t len)
{
    if (len >= 8)
        return (struct tail){bytes_get_u64(bytes), bytes_get_u64(bytes + len - 8)};
    if (len >= 4)
        return (struct tail){bytes_get_u32(bytes), bytes_get_u32(bytes + len - 4)};
    if (len > 0)
        return (struct tail){bytes[0], (uint64_t)bytes[len / 2] << 8 | bytes[len - 1]};
    return (struct tail){0};
}

uint64_t hash_bytes(const struct hash_key *key, struct span message)
{
    uint64_t state = key->words[0] ^ message.len;
    const uint8_t *bytes = message.bytes;
    const uint8_t *end = bytes + message.len;
    struct tail tail;

    for (; end - bytes > 16; bytes += 16)
        state = fold(bytes_get_u64(bytes) ^ key->words[1], bytes_get_u64(bytes + 8) ^ state);
    tail = read_tail(bytes, (size_t)(end - bytes));
    state = fold(tail.first ^ key->words[1], tail.last ^ state);
    return fold(state ^ key->words[2], key->words[1]);
}
