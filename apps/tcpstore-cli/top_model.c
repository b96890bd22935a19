#include "tcpstore-cli/top_model.h"

#include <unistr.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"

enum { FILTER_MAX = 200 /* bytes */ };

void top_init(struct top_model *ret_model, const struct naming *naming)
{
    *ret_model = (struct top_model){.naming = naming, .view = LISTING_HOSTS};
    for (size_t i = 0; i < LISTING_VIEWS; i++)
        ret_model->orders[i].column = listings[i].sorted_by;
    table_init(
        &ret_model->table, listings[LISTING_HOSTS].columns,
        listings[LISTING_HOSTS].column_count);
}

void top_take_why(struct top_model *model, json_t *why)
{
    json_decref(model->why);
    model->why = why;
}

void top_take_stat(struct top_model *model, json_t *stat)
{
    if (model->stat != NULL)
        model->rates = (struct top_rates){
            .requests = json_read_rate(model->stat, stat, "requests_total"),
            .received = json_read_rate(model->stat, stat, "received_bytes"),
            .sent = json_read_rate(model->stat, stat, "sent_bytes"),
        };
    json_decref(model->stat);
    model->stat = stat;
}

static void limit_scroll(struct top_model *model)
{
    size_t rows = table_rows(&model->table);
    size_t max = rows > model->page_rows ? rows - model->page_rows : 0;

    if (model->first_row > max)
        model->first_row = max;
}

static void make_rows(struct top_model *model)
{
    const struct listing *listing = &listings[model->view];
    const struct top_order *order = &model->orders[model->view];

    table_done(&model->table);
    table_init(&model->table, listing->columns, listing->column_count);
    for (size_t i = 0; i < json_array_size(model->pages); i++)
        listing_add_page(
            listing, model->naming, json_array_get(model->pages, i), &model->table);
    table_filter(&model->table, &model->glob);
    table_sort(&model->table, order->column, order->reversed);
    limit_scroll(model);
}

void top_take_pages(struct top_model *model, json_t *pages)
{
    json_decref(model->pages);
    model->pages = pages;
    make_rows(model);
}

static enum top_action show(struct top_model *model, enum listing_kind view)
{
    model->view = view;
    model->first_row = 0;
    top_take_pages(model, NULL);
    return TOP_FETCH;
}

static void sort_by(struct top_model *model, size_t steps)
{
    struct top_order *order = &model->orders[model->view];

    order->column = (order->column + steps) % listings[model->view].column_count;
    order->reversed = false;
    make_rows(model);
}

/* It matches anywhere in a cell. While a backslash begins no escape, every row matches. */
static void set_filter(struct top_model *model)
{
    struct bytes pattern = {0};

    bytes_append_text(&pattern, "*");
    bytes_append(&pattern, model->typed.data, model->typed.size);
    bytes_append_text(&pattern, "*");
    glob_done(&model->glob);
    bytes_clear(&model->filter);
    bytes_append(&model->filter, model->typed.data, model->typed.size);
    if (model->typed.size == 0 || glob_init(&model->glob, pattern.data))
        model->glob = (struct glob){0};
    bytes_done(&pattern);
    make_rows(model);
}

static void erase_last(struct bytes *text)
{
    while (text->size > 0 && ((unsigned char)text->data[text->size - 1] & 0xC0) == 0x80)
        text->size--;
    if (text->size > 0)
        text->size--;
    text->data[text->size] = '\0';
}

static void type(struct top_model *model, uint32_t key)
{
    uint8_t character[8];
    int size = key < TOP_UP ? u8_uctomb(character, key, sizeof(character)) : 0;

    if (size > 0 && model->typed.size + (size_t)size <= FILTER_MAX &&
        character_first(character, (size_t)size, true).visible)
        bytes_append(&model->typed, character, (size_t)size);
}

/* The filter follows what is typed, so that a mistake is seen. */
static void press_while_typing(struct top_model *model, uint32_t key)
{
    if (key == TOP_ENTER)
        model->is_typing = false;
    else if (key == TOP_ERASE)
        erase_last(&model->typed);
    else if (key == TOP_ESCAPE)
        bytes_clear(&model->typed);
    else
        type(model, key);
    if (key == TOP_ESCAPE)
        model->is_typing = false;
    bytes_append(&model->typed, NULL, 0);
    set_filter(model);
}

static void begin_typing(struct top_model *model)
{
    model->is_typing = true;
    bytes_append(&model->typed, NULL, 0);
}

static bool scroll(struct top_model *model, uint32_t key)
{
    size_t page = model->page_rows > 1 ? model->page_rows - 1 : 1;
    size_t back = key == TOP_UP ? 1 : page;

    if (key == TOP_DOWN)
        model->first_row++;
    else if (key == TOP_PAGE_DOWN)
        model->first_row += page;
    else if (key == TOP_END)
        model->first_row = table_rows(&model->table);
    else if (key == TOP_HOME)
        model->first_row = 0;
    else if (key == TOP_UP || key == TOP_PAGE_UP)
        model->first_row -= back < model->first_row ? back : model->first_row;
    else
        return false;
    limit_scroll(model);
    return true;
}

enum top_action top_press(struct top_model *model, uint32_t key)
{
    struct top_order *order = &model->orders[model->view];

    if (model->is_typing) {
        press_while_typing(model, key);
        return TOP_REDRAW;
    }
    if (model->shows_help) {
        model->shows_help = false;
        return key == 'q' ? TOP_QUIT : TOP_REDRAW;
    }
    if (scroll(model, key))
        return TOP_REDRAW;
    switch (key) {
    case 'q':
        return TOP_QUIT;
    case 'h':
        return show(model, LISTING_HOSTS);
    case 'w':
        return show(model, LISTING_WAITS);
    case 'c':
        return show(model, LISTING_CLIENTS);
    case 'k':
        return show(model, LISTING_KEYS);
    case 's':
    case '>':
        sort_by(model, 1);
        break;
    case '<':
        sort_by(model, listings[model->view].column_count - 1);
        break;
    case 'r':
        order->reversed = !order->reversed;
        make_rows(model);
        break;
    case '/':
        begin_typing(model);
        break;
    case '?':
        model->shows_help = true;
        break;
    default:
        break;
    }
    return TOP_REDRAW;
}

void top_done(struct top_model *model)
{
    json_decref(model->why);
    json_decref(model->stat);
    json_decref(model->pages);
    table_done(&model->table);
    glob_done(&model->glob);
    bytes_done(&model->typed);
    bytes_done(&model->filter);
    bytes_done(&model->trouble);
}
