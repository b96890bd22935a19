#include "tcpstore-cli/completion.h"

#include <strings.h>

#include "tcpstore-cli/commands.h"

enum {
    CONNECT_MS = 1000,
    LIST_MS = 2000,
};

/* Characters that separate words or quote. */
static const char special[] = " \t\"'\\";

const char *completion_word(const char *line)
{
    const char *word = line;

    for (const char *at = line; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == ' ' || *at == '\t')
            word = at + 1;
    }
    return word;
}

struct collection {
    const char *word;
    struct key_list *found;
};

static void offer(const struct collection *collection, struct tcpstore_span candidate)
{
    size_t typed = strlen(collection->word);

    if (candidate.size >= typed && memcmp(candidate.bytes, collection->word, typed) == 0)
        key_list_add(collection->found, candidate);
}

static void offer_flag(void *context, const char *name)
{
    struct bytes flag = {0};

    bytes_append_text(&flag, "--");
    bytes_append_text(&flag, name);
    offer(context, bytes_span(&flag));
    bytes_done(&flag);
}

static void offer_commands(const struct collection *collection)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        offer(collection, tcpstore_text(command->name));
    offer(collection, tcpstore_text("quit"));
}

static void offer_key(
    const struct collection *collection, const struct naming *naming, struct tcpstore_span wire)
{
    struct bytes shown = {0};
    struct bytes typed = {0};

    naming_show(naming, wire, &shown);
    for (size_t i = 0; i < shown.size; i++) {
        if (strchr(special, shown.data[i]) != NULL)
            bytes_append_byte(&typed, '\\');
        bytes_append_byte(&typed, (unsigned char)shown.data[i]);
    }
    offer(collection, bytes_span(&typed));
    bytes_done(&typed);
    bytes_done(&shown);
}

static bool try_once(void *context, const char *reason)
{
    (void)context;
    (void)reason;
    return false;
}

static int open_connection(struct completion *completion)
{
    const struct endpoint *server = &completion->options->server;
    struct tcpstore_client_options options;

    if (completion->client != NULL)
        return tcpstore_client_reconnect(completion->client, NULL);
    tcpstore_client_options_init(&options);
    options.host = server->host;
    options.port = (uint16_t)server->port;
    options.connect_timeout_ms = CONNECT_MS;
    options.keep_trying = try_once;
    options.timeout_ms = LIST_MS;
    options.key_prefix = "";
    return tcpstore_client_connect(&options, NULL, &completion->client);
}

/* Without a connection nothing is offered; the command will report the error. */
static void offer_keys(const struct collection *collection, struct completion *completion)
{
    const struct naming *naming = &completion->options->naming;
    struct tcpstore_value *keys;
    size_t count;

    if (open_connection(completion) ||
        tcpstore_list_keys(completion->client, NULL, &keys, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        struct tcpstore_span key = tcpstore_bytes(keys[i].bytes, keys[i].size);

        if (naming_covers(naming, key))
            offer_key(collection, naming, key);
    }
    tcpstore_values_free(keys, count);
}

/* The argument of `help` is a command. */
static bool is_help(const char *line)
{
    static const char help[] = "help ";

    return strncasecmp(line + strspn(line, " \t"), help, sizeof(help) - 1) == 0;
}

void completion_collect(struct completion *completion, const char *line, struct key_list *found)
{
    struct collection collection = {.word = completion_word(line), .found = found};
    bool first = strspn(line, " \t") == (size_t)(collection.word - line);

    if (strncmp(collection.word, "--", 2) == 0)
        options_each_flag(offer_flag, &collection);
    else if (first || is_help(line))
        offer_commands(&collection);
    else
        offer_keys(&collection, completion);
    key_list_sort(found);
}

static bool is_inside_character(const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80;
}

size_t completion_common(const struct key_list *found)
{
    size_t common = found->count > 0 ? found->spans[0].size : 0;

    for (size_t i = 1; i < found->count; i++) {
        const char *one = found->spans[0].bytes;
        const char *other = found->spans[i].bytes;
        size_t same = 0;

        while (same < common && one[same] == other[same])
            same++;
        while (same > 0 && same < common && is_inside_character(&one[same]))
            same--;
        common = same;
    }
    return common;
}

void completion_done(struct completion *completion)
{
    tcpstore_client_free(completion->client);
}
