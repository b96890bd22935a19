#include "common/flag.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/quantity.h"

/* How a quantity is written, and the largest value that its variable holds. */
struct notation {
    const char *form; /* in words; NULL: the range is enough */
    int (*parse)(const char *text, uint64_t *ret_value);
    void (*format)(uint64_t value, char ret_text[QUANTITY_TEXT_SIZE]);
    uint64_t largest;
};

/* NULL if the flag is not a quantity. */
static const struct notation *notation_of(const struct flag *flag)
{
    static const struct notation numbers = {
        NULL, quantity_parse_number, quantity_format_number, INT_MAX};
    static const struct notation sizes = {
        "digits with an optional K, M, G or T (powers of 1,024), for example 512M",
        quantity_parse_size, quantity_format_size, SIZE_MAX};
    static const struct notation durations = {
        "seconds without a unit, for example 30 or 0.5", quantity_parse_seconds,
        quantity_format_seconds, UINT32_MAX};

    if (flag->number != NULL)
        return &numbers;
    if (flag->size != NULL)
        return &sizes;
    return flag->milliseconds != NULL ? &durations : NULL;
}

static void store_quantity(const struct flag *flag, uint64_t value)
{
    if (flag->number != NULL)
        *flag->number = (int)value;
    else if (flag->size != NULL)
        *flag->size = (size_t)value;
    else
        *flag->milliseconds = (uint32_t)value;
}

static uint64_t load_quantity(const struct flag *flag)
{
    if (flag->number != NULL)
        return (uint64_t)*flag->number;
    return flag->size != NULL ? *flag->size : *flag->milliseconds;
}

/* The type's own upper bound is shown only if the value exceeds it. */
static void describe_range(
    const struct flag *flag, const struct notation *notation, uint64_t max, bool is_above,
    char ret_refusal[FLAG_REFUSAL_SIZE])
{
    bool is_closed = flag->max != 0 || is_above;
    char min_text[QUANTITY_TEXT_SIZE];
    char max_text[QUANTITY_TEXT_SIZE];

    notation->format(flag->min, min_text);
    notation->format(max, max_text);
    snprintf(
        ret_refusal, FLAG_REFUSAL_SIZE, "not %s, expected %s %s %s", flag->what, min_text,
        is_closed ? "to" : "or", is_closed ? max_text : "more");
}

static int take_quantity(
    const struct flag *flag, const struct notation *notation, const char *text,
    char ret_refusal[FLAG_REFUSAL_SIZE])
{
    uint64_t max = flag->max ? flag->max : notation->largest;
    uint64_t value = 0;
    int code = notation->parse(text, &value);
    bool is_above = code == QUANTITY_TOO_LARGE || value > max;

    if (code == QUANTITY_MALFORMED && notation->form != NULL) {
        snprintf(
            ret_refusal, FLAG_REFUSAL_SIZE, "not %s, expected %s", flag->what, notation->form);
        return -1;
    }
    if (code || is_above || value < flag->min) {
        describe_range(flag, notation, max, is_above, ret_refusal);
        return -1;
    }
    store_quantity(flag, value);
    return 0;
}

static void describe_choices(const struct flag *flag, char ret_refusal[FLAG_REFUSAL_SIZE])
{
    int len = snprintf(ret_refusal, FLAG_REFUSAL_SIZE, "not %s, expected", flag->what);

    for (size_t i = 0; flag->choices[i] != NULL && len < FLAG_REFUSAL_SIZE; i++) {
        const char *between = i == 0 ? "" : flag->choices[i + 1] != NULL ? "," : " or";

        len += snprintf(
            ret_refusal + len, FLAG_REFUSAL_SIZE - (size_t)len, "%s %s", between,
            flag->choices[i]);
    }
}

static int take_choice(
    const struct flag *flag, const char *text, char ret_refusal[FLAG_REFUSAL_SIZE])
{
    for (int i = 0; flag->choices[i] != NULL; i++) {
        if (strcmp(text, flag->choices[i]) == 0) {
            *flag->choice = i;
            return 0;
        }
    }
    describe_choices(flag, ret_refusal);
    return -1;
}

/* An empty value is usually an unset shell variable. */
static int refuse_empty(const char *text, char ret_refusal[FLAG_REFUSAL_SIZE])
{
    if (*text != '\0')
        return 0;
    snprintf(
        ret_refusal, FLAG_REFUSAL_SIZE,
        "empty, perhaps from an unset variable; omit the flag to use its default");
    return -1;
}

static int take_item(
    struct flag_list *list, const char *text, char ret_refusal[FLAG_REFUSAL_SIZE])
{
    if (list->count == FLAG_LIST_MAX) {
        snprintf(
            ret_refusal, FLAG_REFUSAL_SIZE, "given too often, expected at most %d times",
            FLAG_LIST_MAX);
        return -1;
    }
    list->items[list->count++] = text;
    return 0;
}

int flag_take(const struct flag *flag, const char *text, char ret_refusal[FLAG_REFUSAL_SIZE])
{
    const struct notation *notation = notation_of(flag);
    bool is_text = flag->list != NULL || flag->text != NULL;

    if (is_text && refuse_empty(text, ret_refusal))
        return -1;
    if (notation != NULL)
        return take_quantity(flag, notation, text, ret_refusal);
    if (flag->choice != NULL)
        return take_choice(flag, text, ret_refusal);
    if (flag->list != NULL)
        return take_item(flag->list, text, ret_refusal);
    if (flag->text != NULL)
        *flag->text = text;
    else
        *flag->on = true;
    return 0;
}

void flag_show_default(const struct flag *flag, char ret_text[FLAG_DEFAULT_SIZE])
{
    const struct notation *notation = notation_of(flag);
    char quantity[QUANTITY_TEXT_SIZE];
    const char *text = "";

    if (flag->fallback != NULL) {
        text = flag->fallback;
    } else if (notation != NULL) {
        notation->format(load_quantity(flag), quantity);
        text = quantity;
    } else if (flag->choice != NULL) {
        text = flag->choices[*flag->choice];
    } else if (flag->text != NULL && *flag->text != NULL) {
        text = *flag->text;
    }
    snprintf(ret_text, FLAG_DEFAULT_SIZE, "%s", text);
}
