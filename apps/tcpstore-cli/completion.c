#include "tcpstore-cli/completion.h"

#include "tcpstore-cli/bytes.h"

/* What the prompt would take apart or away. */
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

/* Without a connection there are none; the command will tell. */
static void offer_keys(const struct collection *collection, const struct session *session)
{
    const struct naming *naming = &session->options.naming;
    struct tcpstore_value *keys;
    size_t count;

    if (tcpstore_list_keys(session->client, NULL, &keys, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        struct tcpstore_span key = tcpstore_bytes(keys[i].bytes, keys[i].size);

        if (naming_covers(naming, key))
            offer_key(collection, naming, key);
    }
    tcpstore_values_free(keys, count);
}

void completion_collect(const struct session *session, const char *line, struct key_list *found)
{
    struct collection collection = {.word = completion_word(line), .found = found};
    bool first = strspn(line, " \t") == (size_t)(collection.word - line);

    if (strncmp(collection.word, "--", 2) == 0)
        options_each_flag(offer_flag, &collection);
    else if (first)
        offer_commands(&collection);
    else
        offer_keys(&collection, session);
    key_list_sort(found);
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
        common = same;
    }
    return common;
}
