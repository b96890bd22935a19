#include "why/pattern.h"

enum { DIGITS_MAX = 8 };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

size_t pattern_number(struct span text, uint32_t *ret_number)
{
    uint32_t number = 0;
    size_t len = 0;

    while (len < text.len && is_digit(text.bytes[len])) {
        if (len == DIGITS_MAX || (len == 1 && text.bytes[0] == '0'))
            return 0;
        number = number * 10 + (uint32_t)(text.bytes[len++] - '0');
    }
    *ret_number = number;
    return len;
}

static size_t name_len(struct span text)
{
    const uint8_t *slash = text.len > 0 ? memchr(text.bytes, '/', text.len) : NULL;

    return slash == NULL ? text.len : (size_t)(slash - text.bytes);
}

static bool match_rest(const char *pattern, struct span text, struct pattern_match *match);

static bool match_number(const char *pattern, struct span text, struct pattern_match *match)
{
    uint32_t number;
    size_t len = pattern_number(text, &number);

    if (len == 0)
        return false;
    if (match->digits.bytes == NULL) {
        match->digits = span_of(text.bytes, len);
        match->number = number;
    }
    return match_rest(pattern, span_from(text, len), match);
}

/* As long as possible, up to the next '/': what follows it in a pattern is not part of names.
 */
static bool match_name(const char *pattern, struct span text, struct pattern_match *match)
{
    struct pattern_match found = *match;

    for (size_t len = name_len(text); len > 0; len--) {
        found.name = span_of(text.bytes, len);
        if (match_rest(pattern, span_from(text, len), &found)) {
            *match = found;
            return true;
        }
    }
    return false;
}

static bool match_rest(const char *pattern, struct span text, struct pattern_match *match)
{
    for (; *pattern != 0; pattern++, text = span_from(text, 1)) {
        if (*pattern == '#')
            return match_number(pattern + 1, text, match);
        if (*pattern == '%')
            return match_name(pattern + 1, text, match);
        if (text.len == 0 || text.bytes[0] != (uint8_t)*pattern)
            return false;
    }
    return text.len == 0;
}

bool pattern_match(const char *pattern, struct span key, struct pattern_match *ret_match)
{
    size_t last = pattern[0] == '*' ? key.len : 0;

    if (key.len > PATTERN_KEY_MAX)
        return false;
    pattern += pattern[0] == '*';
    for (size_t start = 0; start <= last; start++) {
        *ret_match = (struct pattern_match){.start = span_of(key.bytes, start)};
        if (match_rest(pattern, span_from(key, start), ret_match))
            return true;
    }
    return false;
}
