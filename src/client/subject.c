#include "client/subject.h"

#include <stdio.h>

#include "base/escape.h"

enum { KEY_SHOWN_MAX = 100 };

/* A key on the wire. */
struct wire_key {
    struct span prefix;
    struct span key;
};

static size_t wire_len(const struct wire_key *key)
{
    return key->prefix.len + key->key.len;
}

static uint8_t byte_at(const struct wire_key *key, size_t i)
{
    return i < key->prefix.len ? key->prefix.bytes[i] : key->key.bytes[i - key->prefix.len];
}

static bool is_plain(uint8_t byte)
{
    return byte > ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

static bool needs_quotes(const struct wire_key *key)
{
    for (size_t i = 0; i < wire_len(key); i++) {
        if (!is_plain(byte_at(key, i)))
            return true;
    }
    return wire_len(key) == 0;
}

static void format_key(const struct wire_key *key, char text[KEY_SHOWN_MAX])
{
    static const char cut[] = "…";
    const char *last = text + (KEY_SHOWN_MAX - ESCAPED_BYTE_MAX - sizeof(cut) - sizeof("\""));
    const char *quote = needs_quotes(key) ? "\"" : "";
    char *end = text;
    size_t i;

    if (*quote != '\0')
        *end++ = *quote;
    for (i = 0; i < wire_len(key) && end < last; i++)
        end = escape_byte(end, byte_at(key, i));
    snprintf(end, sizeof(cut) + sizeof("\""), "%s%s", i < wire_len(key) ? cut : "", quote);
}

const char *subject_format(
    const char *verb, struct span prefix, const struct tcpstore_span *keys, size_t key_count,
    char text[SUBJECT_MAX])
{
    char shown[KEY_SHOWN_MAX];
    struct wire_key key = {.prefix = prefix};

    if (key_count == 0) {
        snprintf(text, SUBJECT_MAX, "%s", verb);
        return text;
    }
    key.key = span_of(keys[0].bytes, keys[0].size);
    format_key(&key, shown);
    if (key_count == 1)
        snprintf(text, SUBJECT_MAX, "%s %s", verb, shown);
    else
        snprintf(text, SUBJECT_MAX, "%s %s and %zu more", verb, shown, key_count - 1);
    return text;
}
