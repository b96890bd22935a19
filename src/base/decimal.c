#include "base/decimal.h"

#include <tcpstore/error.h>

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_sign(uint8_t byte)
{
    return byte == '-' || byte == '+';
}

/* Whether the number at the front of a longer text, if any, ends within DECIMAL_WITHIN bytes.
 */
static bool ends_early(struct span text)
{
    size_t at = 0;

    while (at < DECIMAL_WITHIN && is_space(text.bytes[at]))
        at++;
    if (is_sign(text.bytes[at]))
        at++;
    while (at < DECIMAL_WITHIN && is_digit(text.bytes[at]))
        at++;
    return at < DECIMAL_WITHIN;
}

int decimal_parse(struct span text, int64_t *ret_number)
{
    const uint8_t *at = text.bytes;
    const uint8_t *end = at + text.len;
    bool negative = false;
    int64_t number = 0;

    if (text.len > DECIMAL_WITHIN && !ends_early(text))
        return TCPSTORE_ENOTANUMBER;
    while (at < end && is_space(*at))
        at++;
    if (at < end && is_sign(*at))
        negative = *at++ == '-';
    if (at == end || !is_digit(*at))
        return TCPSTORE_ENOTANUMBER;
    for (; at < end && is_digit(*at); at++) {
        int digit = *at - '0';

        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, negative ? -digit : digit, &number))
            return TCPSTORE_ERANGE;
    }
    *ret_number = number;
    return 0;
}

size_t decimal_format(int64_t number, uint8_t *text)
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    uint8_t reversed[DECIMAL_MAX];
    size_t digits = 0;
    size_t len = 0;

    do {
        reversed[digits++] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        text[len++] = '-';
    while (digits > 0)
        text[len++] = reversed[--digits];
    return len;
}
