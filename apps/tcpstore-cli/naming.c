#include "tcpstore-cli/naming.h"

#include <ctype.h>
#include <stdlib.h>

#include "tcpstore-cli/escape.h"

static const char raw_mark[] = "raw:";
static const char escaped_raw_mark[] = "raw\\x3a";

enum { RAW_MARK_SIZE = sizeof(raw_mark) - 1 };

static bool begins_with(struct tcpstore_span bytes, const void *start, size_t size)
{
    return bytes.size >= size && (size == 0 || memcmp(bytes.bytes, start, size) == 0);
}

static struct tcpstore_span skip(struct tcpstore_span bytes, size_t size)
{
    return tcpstore_bytes((const char *)bytes.bytes + size, bytes.size - size);
}

void naming_append_start(const struct naming *naming, struct bytes *wire)
{
    if (naming->raw)
        return;
    bytes_append_text(wire, "/");
    if (naming->prefix != NULL) {
        bytes_append_text(wire, naming->prefix);
        bytes_append_text(wire, "/");
    }
}

struct user_key naming_user_key(const struct naming *naming, struct tcpstore_span wire)
{
    struct user_key user_key = {.bytes = wire, .raw = true};
    struct bytes front = {0};

    naming_append_start(naming, &front);
    if (!naming->raw && begins_with(wire, front.data, front.size))
        user_key = (struct user_key){.bytes = skip(wire, front.size), .raw = false};
    bytes_done(&front);
    return user_key;
}

bool naming_covers(const struct naming *naming, struct tcpstore_span wire)
{
    return naming->prefix == NULL || !naming_user_key(naming, wire).raw;
}

void naming_show(const struct naming *naming, struct tcpstore_span wire, struct bytes *text)
{
    struct user_key user_key = naming_user_key(naming, wire);

    if (user_key.bytes.size == 0)
        user_key =
            (struct user_key){.bytes = wire, .raw = true}; /* an empty argument is refused */
    if (user_key.raw && !naming->raw) {
        bytes_append_text(text, raw_mark);
    } else if (!user_key.raw && begins_with(user_key.bytes, raw_mark, RAW_MARK_SIZE)) {
        bytes_append_text(text, escaped_raw_mark);
        user_key.bytes = skip(user_key.bytes, RAW_MARK_SIZE);
    }
    escape_append_key(text, user_key.bytes);
}

int naming_resolve(const struct naming *naming, const char *typed, struct bytes *wire)
{
    if (!naming->raw && strncmp(typed, raw_mark, RAW_MARK_SIZE) == 0)
        return escape_resolve(typed + RAW_MARK_SIZE, wire);
    naming_append_start(naming, wire);
    return escape_resolve(typed, wire);
}

/* Codes above those of Unicode: the byte of an escape, and punctuation after a backslash. */
enum {
    ESCAPED = 1 << 24,
    LITERAL = 1 << 25,
};

/* Returns the size of the backslash and what follows, or 0 if it is not an escape. */
static size_t take_backslash(const char *text, uint32_t *ret_code)
{
    unsigned char byte;
    size_t size;

    if (ispunct((unsigned char)text[1])) {
        *ret_code = LITERAL | (unsigned char)text[1];
        return 2;
    }
    if (escape_resolve_one(text + 1, &byte, &size))
        return 0;
    *ret_code = ESCAPED | byte;
    return 1 + size;
}

/* A byte that is not UTF-8 counts as a character. */
static size_t take_character(const char *text, uint32_t *ret_code)
{
    struct character first = character_first(text, strlen(text), true);

    *ret_code = first.code != 0 ? first.code : ESCAPED | (unsigned char)*text;
    return first.size;
}

/* `codes` has room for all characters. Returns -1 if a backslash does not begin an escape. */
static int take_codes(const char *text, uint32_t *codes, size_t *ret_count)
{
    size_t count = 0;

    while (*text != '\0') {
        size_t size = *text == '\\' ? take_backslash(text, &codes[count])
                                    : take_character(text, &codes[count]);

        if (size == 0)
            return -1;
        count++;
        text += size;
    }
    *ret_count = count;
    return 0;
}

int glob_init(struct glob *ret_glob, const char *typed)
{
    *ret_glob =
        (struct glob){.codes = memory_resize(NULL, strlen(typed) + 1, sizeof(uint32_t))};
    if (take_codes(typed, ret_glob->codes, &ret_glob->count) == 0)
        return 0;
    glob_done(ret_glob);
    return -1;
}

static uint32_t without_backslash(uint32_t code)
{
    return code & ~(uint32_t)LITERAL;
}

/* The index of the "]" that ends the set at the start of `set`; 0 if it has no end. A "]"
 * directly after the "[" is part of the set. */
static size_t end_of_set(const uint32_t *set, size_t count)
{
    size_t at = count > 1 && (set[1] == '!' || set[1] == '^') ? 3 : 2;

    while (at < count && set[at] != ']')
        at++;
    return at < count ? at : 0;
}

static bool set_contains(const uint32_t *set, size_t end, uint32_t code)
{
    bool negated = set[1] == '!' || set[1] == '^';
    size_t at = negated ? 2 : 1;

    while (at < end) {
        bool is_range = at + 2 < end && set[at + 1] == '-';
        uint32_t first = without_backslash(set[at]);
        uint32_t last = is_range ? without_backslash(set[at + 2]) : first;

        if (first <= code && code <= last)
            return !negated;
        at += is_range ? 3 : 1;
    }
    return negated;
}

/* How many codes of the glob match that character, or 0 if it does not match. The glob may be
 * at its end. */
static size_t match_one(const uint32_t *glob, size_t count, uint32_t code)
{
    size_t end = count > 0 && *glob == '[' ? end_of_set(glob, count) : 0;

    if (end > 0)
        return set_contains(glob, end, code) ? end + 1 : 0;
    return count > 0 && (*glob == '?' || without_backslash(*glob) == code);
}

/* If the rest does not match, the last star takes one more character. Earlier stars need not be
 * tried again: the last one can take whatever they could. */
static bool match(const struct glob *glob, const uint32_t *text, size_t count)
{
    size_t at = 0, star = SIZE_MAX, taken = 0;

    for (size_t i = 0; i < count;) {
        size_t size;

        if (at < glob->count && glob->codes[at] == '*') {
            star = at++;
            taken = i;
            continue;
        }
        size = match_one(glob->codes + at, glob->count - at, text[i]);
        if (size == 0 && star == SIZE_MAX)
            return false;
        at = size > 0 ? at + size : star + 1;
        i = size > 0 ? i + 1 : ++taken;
    }
    while (at < glob->count && glob->codes[at] == '*')
        at++;
    return at == glob->count;
}

bool glob_matches(const struct glob *glob, const char *shown)
{
    uint32_t *codes;
    size_t count;
    bool does;

    if (glob->codes == NULL)
        return true;
    codes = memory_resize(NULL, strlen(shown) + 1, sizeof(*codes));
    does = take_codes(shown, codes, &count) == 0;
    for (size_t i = 0; does && i < count; i++)
        codes[i] = without_backslash(codes[i]);
    does = does && match(glob, codes, count);
    free(codes);
    return does;
}

void glob_done(struct glob *glob)
{
    free(glob->codes);
    *glob = (struct glob){0};
}
