/* Integers as the wire has them: little-endian, unaligned. Compilers turn each function into
 * one instruction. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t bytes_get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Shifts would do here, too, but clang loads a word byte by byte if a caller needs half of it.
 */
static inline uint64_t bytes_get_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static inline void bytes_put_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

/* gcc 12 does not merge the stores of several numbers in a row, and leaves some calls. */
static inline __attribute__((always_inline)) void bytes_put_u64(uint8_t *bytes, uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    memcpy(bytes, &value, sizeof(value));
}

/* Each writes the number, and returns the byte after it. */
static inline uint8_t *bytes_add_u32(uint8_t *bytes, uint32_t value)
{
    bytes_put_u32(bytes, value);
    return bytes + sizeof(value);
}

static inline uint8_t *bytes_add_u64(uint8_t *bytes, uint64_t value)
{
    bytes_put_u64(bytes, value);
    return bytes + sizeof(value);
}

#endif
