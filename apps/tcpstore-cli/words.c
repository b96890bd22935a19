#include "tcpstore-cli/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstore-cli/bytes.h"

static const char spaces[] = " \t\r\n";

static void add(struct words *words, char *word)
{
    if ((size_t)words->count + 2 > words->capacity) {
        words->capacity = memory_grown(words->capacity, (size_t)words->count + 2);
        words->items = memory_resize(words->items, words->capacity, sizeof(*words->items));
    }
    words->items[words->count++] = word;
    words->items[words->count] = NULL;
}

/* The character behind a backslash is taken as it is; in double quotes only these two are. */
static bool is_escape(char quote, const char *at)
{
    if (*at != '\\' || quote == '\'')
        return false;
    return quote == '\0' || at[1] == '"' || at[1] == '\\';
}

static bool is_quote(char quote, char character)
{
    return quote == '\0' ? character == '\'' || character == '"' : character == quote;
}

/* Copies one word to `*end`, which moves, and returns where the line goes on; NULL: the word
 * has no end. */
static const char *copy_word(const char *at, char **end)
{
    char quote = '\0';

    while (*at != '\0' && (quote != '\0' || strchr(spaces, *at) == NULL)) {
        if (is_quote(quote, *at)) {
            quote = quote == '\0' ? *at : '\0';
            at++;
            continue;
        }
        if (is_escape(quote, at))
            at++;
        if (*at == '\0')
            return NULL;
        *(*end)++ = *at++;
    }
    *(*end)++ = '\0';
    return quote == '\0' ? at : NULL;
}

int words_split(const char *line, struct words *ret_words)
{
    char *end = memory_resize(NULL, strlen(line) + 2, 1);

    *ret_words = (struct words){.text = end};
    add(ret_words, (char *)"tcpstore-cli");
    line += strspn(line, spaces);
    while (*line != '\0') {
        add(ret_words, end);
        line = copy_word(line, &end);
        if (line == NULL)
            return -1;
        line += strspn(line, spaces);
    }
    return 0;
}

void words_done(struct words *words)
{
    free(words->items);
    free(words->text);
    *words = (struct words){0};
}
