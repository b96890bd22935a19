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

int decimal_parse(struct span text, int64_t *ret_number)
{
    const uint8_t *at = text.bytes;
    const uint8_t *end = at + (text.len < DECIMAL_WITHIN ? text.len : DECIMAL_WITHIN);
    bool negative = false;
    int64_t number = 0;

    while (at < end && is_space(*at))
        at++;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end || !is_digit(*at))
        return TCPSTORE_ENOTANUMBER;
    for (; at < end && is_digit(*at); at++) {
        int digit = *at - '0';

        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, negative ? -digit : digit, &number))
            return TCPSTORE_ERANGE;
    }
    if (at == end && text.len > DECIMAL_WITHIN)
        return TCPSTORE_ENOTANUMBER;
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
