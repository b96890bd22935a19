#include "tcpstore-cli/naming.h"

#include "tcpstore-cli/escape.h"

static const char raw_mark[] = "raw:";
static const char raw_mark_of_a_user[] = "raw\\x3a";

enum { RAW_MARK_SIZE = sizeof(raw_mark) - 1 };

static bool begins_with(struct tcpstore_span bytes, const void *start, size_t size)
{
    return bytes.size >= size && (size == 0 || memcmp(bytes.bytes, start, size) == 0);
}

static struct tcpstore_span behind(struct tcpstore_span bytes, size_t size)
{
    return tcpstore_bytes((const char *)bytes.bytes + size, bytes.size - size);
}

void naming_front(const struct naming *naming, struct bytes *wire)
{
    if (naming->raw)
        return;
    bytes_append_text(wire, "/");
    if (naming->prefix != NULL) {
        bytes_append_text(wire, naming->prefix);
        bytes_append_text(wire, "/");
    }
}

struct name naming_name(const struct naming *naming, struct tcpstore_span wire)
{
    struct name name = {.bytes = wire, .raw = true};
    struct bytes front = {0};

    naming_front(naming, &front);
    if (!naming->raw && begins_with(wire, front.data, front.size))
        name = (struct name){.bytes = behind(wire, front.size), .raw = false};
    bytes_done(&front);
    return name;
}

bool naming_covers(const struct naming *naming, struct tcpstore_span wire)
{
    return naming->prefix == NULL || !naming_name(naming, wire).raw;
}

void naming_show(const struct naming *naming, struct tcpstore_span wire, struct bytes *text)
{
    struct name name = naming_name(naming, wire);

    if (name.bytes.size == 0)
        name = (struct name){.bytes = wire, .raw = true}; /* an empty word is not taken */
    if (name.raw && !naming->raw) {
        bytes_append_text(text, raw_mark);
    } else if (!name.raw && begins_with(name.bytes, raw_mark, RAW_MARK_SIZE)) {
        bytes_append_text(text, raw_mark_of_a_user);
        name.bytes = behind(name.bytes, RAW_MARK_SIZE);
    }
    escape_append_name(text, name.bytes);
}

int naming_resolve(const struct naming *naming, const char *typed, struct bytes *wire)
{
    if (!naming->raw && strncmp(typed, raw_mark, RAW_MARK_SIZE) == 0)
        return escape_resolve(typed + RAW_MARK_SIZE, wire);
    naming_front(naming, wire);
    return escape_resolve(typed, wire);
}
