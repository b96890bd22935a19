#include "common/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char suffixes[] = "KMGT";

/* strtoull alone accepts signs and leading spaces, and turns -1 into the largest number. */
static int parse_digits(const char *text, const char **ret_end, uint64_t *ret_number)
{
    unsigned long long number;
    char *end;

    if (*text < '0' || *text > '9')
        return QUANTITY_MALFORMED;
    errno = 0;
    number = strtoull(text, &end, 10);
    *ret_end = end;
    *ret_number = number;
    return errno ? QUANTITY_TOO_LARGE : 0;
}

int quantity_parse_number(const char *text, uint64_t *ret_number)
{
    const char *end;
    uint64_t number;
    int code = parse_digits(text, &end, &number);

    if (code == QUANTITY_MALFORMED || *end != '\0')
        return QUANTITY_MALFORMED;
    if (code == 0)
        *ret_number = number;
    return code;
}

/* The suffix as a shift to the left. */
static int parse_suffix(const char *text, int *ret_shift)
{
    static const char *const endings[] = {"", "i", "B", "iB"};
    const char *suffix;

    if (*text == '\0') {
        *ret_shift = 0;
        return 0;
    }
    suffix = strchr(suffixes, toupper((unsigned char)*text));
    if (suffix == NULL)
        return QUANTITY_MALFORMED;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (strcasecmp(text + 1, endings[i]) == 0) {
            *ret_shift = 10 * (int)(suffix - suffixes + 1);
            return 0;
        }
    }
    return QUANTITY_MALFORMED;
}

int quantity_parse_size(const char *text, uint64_t *ret_size)
{
    const char *end;
    uint64_t number;
    int shift;
    int code = parse_digits(text, &end, &number);

    if (code == QUANTITY_MALFORMED || parse_suffix(end, &shift))
        return QUANTITY_MALFORMED;
    if (code || number > UINT64_MAX >> shift)
        return QUANTITY_TOO_LARGE;
    *ret_size = number << shift;
    return 0;
}

int quantity_parse_seconds(const char *text, uint64_t *ret_milliseconds)
{
    double milliseconds;
    char *end;

    /* strtod alone accepts signs, exponents, hexadecimals, "inf" and "nan". */
    if (text[strspn(text, "0123456789.")] != '\0')
        return QUANTITY_MALFORMED;
    milliseconds = strtod(text, &end) * 1000 + 0.5;
    if (end == text || *end != '\0')
        return QUANTITY_MALFORMED;
    if (milliseconds >= (double)UINT64_MAX)
        return QUANTITY_TOO_LARGE;
    *ret_milliseconds = (uint64_t)milliseconds;
    return 0;
}

void quantity_format_number(uint64_t number, char ret_text[QUANTITY_TEXT_SIZE])
{
    snprintf(ret_text, QUANTITY_TEXT_SIZE, "%" PRIu64, number);
}

void quantity_format_size(uint64_t size, char ret_text[QUANTITY_TEXT_SIZE])
{
    char suffix[2] = "";

    for (const char *next = suffixes; size > 0 && size % 1024 == 0 && *next != '\0'; next++) {
        size /= 1024;
        suffix[0] = *next;
    }
    snprintf(ret_text, QUANTITY_TEXT_SIZE, "%" PRIu64 "%s", size, suffix);
}

void quantity_format_seconds(uint64_t milliseconds, char ret_text[QUANTITY_TEXT_SIZE])
{
    uint64_t seconds = milliseconds / 1000;
    uint64_t fraction = milliseconds % 1000;

    if (fraction > 0)
        snprintf(ret_text, QUANTITY_TEXT_SIZE, "%" PRIu64 ".%03" PRIu64, seconds, fraction);
    else
        snprintf(ret_text, QUANTITY_TEXT_SIZE, "%" PRIu64, seconds);
}
