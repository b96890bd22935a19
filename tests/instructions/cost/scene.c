#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANY = 128 << 10, /* names in one request at most */
    CROWD = 10 * 1000,
    KEY_MAX = 8192,
    SHORT_KEY = 8,
    LIST = 16,        /* keys: so many are shared with others that ask for the same */
    NEARLY_ALIKE = 4, /* lists with the same start: so many are remembered */
    APPENDED = 2 * SCENE_LARGE,
};

struct span scene_key(const struct kind *kind, size_t index)
{
    static char bytes[KEY_MAX + 1];
    size_t len = kind->key_len == 0 ? SHORT_KEY : kind->key_len;

    snprintf(bytes, sizeof(bytes), "%0*zu", (int)len, index);
    return span_of(bytes, len);
}

struct span scene_encode(const struct encode *encode)
{
    size_t len = encode_size(encode);
    uint8_t *bytes = host_allocate(len, 1);

    encode_request(encode, bytes);
    return span_of(bytes, len);
}

struct span scene_value(char byte, size_t len)
{
    static char bytes[3][SCENE_LARGE];
    static const char kinds_of_byte[] = {'v', ' ', '0'};

    for (size_t i = 0; i < sizeof(kinds_of_byte); i++) {
        if (kinds_of_byte[i] != byte)
            continue;
        if (bytes[i][0] == 0)
            memset(bytes[i], byte, sizeof(bytes[i]));
        return span_of(bytes[i], len);
    }
    host_fail("no value of that byte");
}

static void perform(struct scene *scene, struct session *session, const struct encode *encode)
{
    struct span bytes = scene_encode(encode);

    scene->requests += session != &scene->owner;
    scene->sent += session != &scene->owner ? bytes.len : 0;
    if (!host_send(&scene->host, session, bytes))
        host_fail("the scene is refused");
    free((void *)(uintptr_t)bytes.bytes);
}

static void store(
    struct scene *scene, enum wire_opcode opcode, struct span key, char byte, size_t len)
{
    struct span value = scene_value(byte, len);

    perform(
        scene, &scene->owner,
        &(struct encode){.opcode = opcode, .keys = &key, .values = &value});
}

static void set_small(struct scene *scene, struct span key)
{
    store(scene, WIRE_SET, key, 'v', 5);
}

static void set_1000(struct scene *scene, struct span key)
{
    store(scene, WIRE_SET, key, 'v', 1000);
}

/* The longest that a reply copies. */
static void set_4000(struct scene *scene, struct span key)
{
    store(scene, WIRE_SET, key, 'v', 4000);
}

static void set_large(struct scene *scene, struct span key)
{
    store(scene, WIRE_SET, key, 'v', SCENE_LARGE);
}

static void append(struct scene *scene, struct span key, char byte)
{
    for (size_t len = 0; len < APPENDED; len += SCENE_LARGE)
        store(scene, WIRE_APPEND, key, byte, SCENE_LARGE);
}

static void append_text(struct scene *scene, struct span key)
{
    append(scene, key, 'v');
}

static void append_spaces(struct scene *scene, struct span key)
{
    append(scene, key, ' ');
}

static void append_zeros(struct scene *scene, struct span key)
{
    append(scene, key, '0');
}

/* A reply that its client has not read shares the value. */
static void append_shared(struct scene *scene, struct span key)
{
    append(scene, key, 'v');
    scene->host.keeps_replies = true;
    perform(scene, &scene->owner, &(struct encode){.opcode = WIRE_GET, .keys = &key});
    scene->host.keeps_replies = false;
}

static void add(struct scene *scene, struct span key)
{
    perform(
        scene, &scene->owner,
        &(struct encode){.opcode = WIRE_ADD, .keys = &key, .number = INT64_MAX / 2});
}

static void push_many(struct scene *scene, struct span key)
{
    for (size_t i = 0; i < CROWD; i++)
        store(scene, WIRE_QUEUE_PUSH, key, 'v', 1);
}

static void push_large(struct scene *scene, struct span key)
{
    store(scene, WIRE_QUEUE_PUSH, key, 'v', SCENE_LARGE);
}

static struct session *other(struct scene *scene)
{
    struct session *session = &scene->others[scene->count++];

    host_enter(&scene->host, session);
    return session;
}

static void await_by_many(struct scene *scene, struct span key)
{
    for (size_t i = 0; i < CROWD; i++)
        perform(
            scene, other(scene),
            &(struct encode){.opcode = WIRE_WAIT, .keys = &key, .count = 1});
}

/* They miss another name, too. */
static void await_two_by_many(struct scene *scene, struct span key)
{
    struct span keys[] = {key, span_of("other", 5)};

    for (size_t i = 0; i < CROWD; i++)
        perform(
            scene, other(scene),
            &(struct encode){.opcode = WIRE_WAIT, .keys = keys, .count = 2});
}

/* All but the first key exist. */
static void await_list(struct scene *scene, struct span key)
{
    struct span keys[LIST];

    keys[0] = key;
    for (size_t i = 1; i < LIST; i++)
        keys[i] = span_of("there", 5);
    perform(
        scene, other(scene),
        &(struct encode){.opcode = WIRE_WAIT, .keys = keys, .count = LIST});
}

static void await_in_a_crowd(struct scene *scene, struct span key)
{
    set_small(scene, span_of("there", 5));
    for (size_t i = 0; i < CROWD; i++)
        await_list(scene, key);
}

/* After a key is deleted, no client joins an earlier crowd. */
static void await_in_many_crowds(struct scene *scene, struct span key)
{
    struct span gone = span_of("gone", 4);

    set_small(scene, span_of("there", 5));
    for (size_t i = 0; i < CROWD; i++) {
        await_list(scene, key);
        set_small(scene, gone);
        perform(
            scene, &scene->owner, &(struct encode){.opcode = WIRE_DELETE_KEY, .keys = &gone});
    }
}

/* Two clients each, so that the lists are remembered. */
static void ask_for_list(struct scene *scene, enum wire_opcode opcode, struct span *keys)
{
    for (int i = 0; i < 2; i++)
        perform(
            scene, other(scene),
            &(struct encode){.opcode = opcode, .keys = keys, .count = MANY});
}

/* The longest lists, which differ in the last key. */
static void ask_nearly_alike(struct scene *scene, struct span key)
{
    static const enum wire_opcode opcodes[] = {WIRE_CHECK, WIRE_WAIT, WIRE_MULTI_GET};
    struct span *keys = host_allocate(MANY, sizeof(*keys));
    char last[SHORT_KEY];

    for (size_t i = 0; i < MANY - 1; i++)
        keys[i] = key;
    keys[MANY - 1] = span_of(last, sizeof(last));
    set_small(scene, key);
    for (size_t i = 0; i < NEARLY_ALIKE; i++) {
        memset(last, 'a' + (int)i, sizeof(last));
        set_small(scene, keys[MANY - 1]);
        for (size_t j = 0; j < sizeof(opcodes) / sizeof(opcodes[0]); j++)
            ask_for_list(scene, opcodes[j], keys);
    }
    free(keys);
}

/* In turn with another name: only neighbours are the same at a glance. */
static void await_often(struct scene *scene, struct span key)
{
    struct span *keys = host_allocate(MANY, sizeof(*keys));

    for (size_t i = 0; i < MANY; i++)
        keys[i] = i % 2 == 0 ? key : span_of("other", 5);
    perform(
        scene, other(scene),
        &(struct encode){.opcode = WIRE_WAIT, .keys = keys, .count = MANY});
    free(keys);
}

static void enter_barrier(struct scene *scene, struct span key)
{
    for (size_t i = 0; i < CROWD; i++)
        perform(
            scene, other(scene),
            &(struct encode){.opcode = WIRE_BARRIER, .keys = &key, .number = CROWD + 1});
}

/* The table cannot grow: keys are refused, or their chains get long. */
static void set_without_buckets(struct scene *scene, struct span key)
{
    struct span value = scene_value('v', 1);
    struct span bytes =
        scene_encode(&(struct encode){.opcode = WIRE_SET, .keys = &key, .values = &value});

    scene->host.refuses_buckets = true;
    if (!host_send(&scene->host, &scene->owner, bytes))
        host_enter(&scene->host, &scene->owner);
    scene->host.refuses_buckets = false;
    free((void *)(uintptr_t)bytes.bytes);
}

const struct kind kinds[] = {
    {"missing", MANY, 0, NULL},
    {"missing, a name of 8 KiB", 8000, KEY_MAX, NULL},
    {"5 bytes", MANY, 0, set_small},
    {"5 bytes, a name of 8 KiB", 8000, KEY_MAX, set_small},
    {"1,000 bytes", 8192, 0, set_1000},
    {"4,000 bytes", 4096, 0, set_4000},
    {"8 MiB", 1, 0, set_large},
    {"16 MiB, made by APPEND", 1, 0, append_text},
    {"16 MiB, made by APPEND, in a reply", 1, 0, append_shared},
    {"16 MiB of white space", 1, 0, append_spaces},
    {"16 MiB of zeros", 1, 0, append_zeros},
    {"a number", 8192, 0, add},
    {"a queue with 10,000 entries", 1, 0, push_many},
    {"a queue with an entry of 8 MiB", 1, 0, push_large},
    {"awaited by 10,000 clients", 1, 0, await_by_many},
    {"awaited by 10,000 clients, with another", 1, 0, await_two_by_many},
    {"awaited by a crowd of 10,000", 1, 0, await_in_a_crowd},
    {"awaited by 10,000 crowds", 1, 0, await_in_many_crowds},
    {"in lists nearly like those of others", 1, 0, ask_nearly_alike},
    {"awaited 64 Ki times by a client", 1, 0, await_often},
    {"a barrier of 10,000 clients", 1, 0, enter_barrier},
    {"in a table without memory", 64 << 10, 0, set_without_buckets},
};

const size_t kind_count = sizeof(kinds) / sizeof(kinds[0]);

void scene_begin(struct scene *scene, const struct kind *kind)
{
    *scene = (struct scene){.others = host_allocate(CROWD, sizeof(*scene->others))};
    host_start(&scene->host);
    host_enter(&scene->host, &scene->owner);
    for (size_t i = 0; kind->prepare != NULL && i < kind->names; i++)
        kind->prepare(scene, scene_key(kind, i));
    if (kind->prepare == set_without_buckets && scene->host.refusals == 0)
        host_fail("no buckets were refused");
}

void scene_leave(struct scene *scene)
{
    while (scene->count > 0)
        host_leave(&scene->host, &scene->others[--scene->count]);
}

void scene_end(struct scene *scene)
{
    host_leave(&scene->host, &scene->owner);
    host_stop(&scene->host);
    free(scene->others);
}
