#include "tls/secrets.h"

#include <string.h>

#include "base/error.h"

static bool is_name(struct span name)
{
    static const char others[] = "-_.";

    for (size_t i = 0; i < name.len; i++) {
        char c = (char)name.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!is_letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return name.len > 0 && name.len <= SECRET_NAME_MAX;
}

/* -1: it is no digit. */
static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' - 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_key(struct span text, uint8_t key[SECRET_SIZE])
{
    if (text.len != 2 * (size_t)SECRET_SIZE)
        return false;
    for (size_t i = 0; i < SECRET_SIZE; i++) {
        int high = digit_of(text.bytes[2 * i]);
        int low = digit_of(text.bytes[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool parse_line(struct span line, struct secret *secret)
{
    const uint8_t *space = memchr(line.bytes, ' ', line.len);
    struct span name;

    if (space == NULL)
        return false;
    name = span_of(line.bytes, (size_t)(space - line.bytes));
    if (!is_name(name) || !parse_key(span_from(line, name.len + 1), secret->key))
        return false;
    secret->name_len = name.len;
    memcpy(secret->name, name.bytes, name.len);
    return true;
}

/* The next line without its end. */
static struct span take_line(struct span *text)
{
    const uint8_t *end = memchr(text->bytes, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->bytes);
    struct span line = span_of(text->bytes, len);

    *text = span_from(*text, end == NULL ? len : len + 1);
    if (len > 0 && line.bytes[len - 1] == '\r')
        line.len--;
    return line;
}

/* Does not show the line: it may be a secret. */
static int refuse(
    const char *path, size_t number, const char *why, struct tcpstore_error *error)
{
    return error_set(
        error, TCPSTORE_EINVAL,
        "secret-file %s: line %zu %s; `tcpstored keygen FILE` makes such a file", path, number,
        why);
}

static int add_line(
    struct secrets *secrets, struct span line, const char *path, size_t number,
    struct tcpstore_error *error)
{
    struct secret *secret = &secrets->list[secrets->count];

    if (line.len == 0 || line.bytes[0] == '#')
        return 0;
    if (secrets->count == SECRETS_MAX)
        return refuse(path, number, "is one secret too many", error);
    if (!parse_line(line, secret))
        return refuse(path, number, "is not a name, a space and 64 hexadecimal digits", error);
    if (secrets_find(secrets, span_of(secret->name, secret->name_len)) != NULL)
        return refuse(path, number, "has a name that was used before", error);
    secrets->count++;
    return 0;
}

int secrets_parse(
    struct span text, const char *path, struct secrets *ret_secrets,
    struct tcpstore_error *error)
{
    ret_secrets->count = 0;
    for (size_t number = 1; text.len > 0; number++) {
        int code = add_line(ret_secrets, take_line(&text), path, number, error);

        if (code)
            return code;
    }
    if (ret_secrets->count > 0)
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "secret-file %s: there is no secret in it; `tcpstored keygen FILE` makes such a file",
        path);
}

const struct secret *secrets_find(const struct secrets *secrets, struct span name)
{
    for (size_t i = 0; i < secrets->count; i++) {
        const struct secret *secret = &secrets->list[i];

        if (span_equal(name, span_of(secret->name, secret->name_len)))
            return secret;
    }
    return NULL;
}
