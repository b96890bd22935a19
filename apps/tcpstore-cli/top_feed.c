#include "tcpstore-cli/top_feed.h"

#include "common/clock.h"

enum {
    ROWS_MAX = 5000, /* of a view; each page costs the server a look at all its clients */
    EVERY_MS = 1000,
};

void top_feed_init(
    struct top_feed *ret_feed, struct diagnosis *diagnosis, struct top_model *model)
{
    uint32_t every_ms = diagnosis->operation->options->every_ms;

    *ret_feed = (struct top_feed){
        .diagnosis = diagnosis,
        .model = model,
        .multi = curl_multi_init(),
        .part = TOP_PARTS,
        .round_ns = clock_now(),
        .every_ns = (uint64_t)(every_ms > 0 ? every_ms : EVERY_MS) * NS_PER_MS,
    };
    if (ret_feed->multi == NULL)
        memory_exhausted();
}

static const char *cursor_of(const struct top_feed *feed)
{
    size_t count = json_array_size(feed->pages);

    return count > 0 ? listing_cursor(json_array_get(feed->pages, count - 1)) : NULL;
}

static void append_target(const struct top_feed *feed, struct bytes *target)
{
    const struct operation *operation = feed->diagnosis->operation;

    if (feed->part == TOP_WHY) {
        bytes_append_text(target, "/v1/why?all=0");
        diagnosis_add_arguments(operation, target);
    } else if (feed->part == TOP_STAT) {
        bytes_append_text(target, "/v1/stat");
    } else {
        listing_append_target(&listings[feed->model->view], cursor_of(feed), ROWS_MAX, target);
        if (feed->model->view == LISTING_HOSTS)
            diagnosis_add_arguments(operation, target);
    }
    diagnosis_add_store(operation, target);
}

static void ask(struct top_feed *feed, enum top_part part)
{
    struct http *http = &feed->diagnosis->http;
    struct bytes target = {0};

    feed->part = part;
    append_target(feed, &target);
    http_prepare(http, target.data, options_timeout_ms(feed->diagnosis->operation->options));
    bytes_done(&target);
    if (curl_multi_add_handle(feed->multi, http->easy) != CURLM_OK)
        memory_exhausted();
    feed->is_asking = true;
}

static void forget_pages(struct top_feed *feed)
{
    json_decref(feed->pages);
    feed->pages = NULL;
    feed->rows = 0;
}

static void stop_asking(struct top_feed *feed)
{
    if (feed->is_asking)
        curl_multi_remove_handle(feed->multi, feed->diagnosis->http.easy);
    feed->is_asking = false;
}

static void begin_round(struct top_feed *feed)
{
    feed->round_ns = clock_now() + feed->every_ns;
    ask(feed, TOP_WHY);
}

void top_feed_hurry(struct top_feed *feed)
{
    stop_asking(feed);
    forget_pages(feed);
    ask(feed, TOP_PAGES);
}

static void end_round(struct top_feed *feed)
{
    feed->part = TOP_PARTS;
    forget_pages(feed);
}

static void take_page(struct top_feed *feed, json_t *page)
{
    const char *name = listings[feed->model->view].name;

    if (feed->pages == NULL)
        feed->pages = json_array();
    feed->rows += json_array_size(json_object_get(page, name));
    if (json_array_append_new(feed->pages, page))
        memory_exhausted();
    if (cursor_of(feed) != NULL && feed->rows < ROWS_MAX) {
        ask(feed, TOP_PAGES);
        return;
    }
    top_take_pages(feed->model, json_incref(feed->pages));
    end_round(feed);
}

static void take(struct top_feed *feed, json_t *object)
{
    feed->model->answered_ns = clock_now();
    bytes_clear(&feed->model->trouble);
    if (feed->part == TOP_WHY) {
        top_take_why(feed->model, object);
        ask(feed, TOP_STAT);
    } else if (feed->part == TOP_STAT) {
        top_take_stat(feed->model, object);
        ask(feed, TOP_PAGES);
    } else {
        take_page(feed, object);
    }
}

static void fail(struct top_feed *feed, const char *reason)
{
    bytes_clear(&feed->model->trouble);
    bytes_append_text(&feed->model->trouble, reason);
    end_round(feed);
}

static void finish(struct top_feed *feed, CURLcode result)
{
    struct http *http = &feed->diagnosis->http;
    const char *reason;
    json_t *object;

    stop_asking(feed);
    if (http_finish(http, result)) {
        fail(feed, http->reason);
        return;
    }
    object = json_loadb(http->body.data, http->body.size, 0, NULL);
    if (http->status == 200 && json_is_object(object)) {
        take(feed, object);
        return;
    }
    reason = json_string_value(json_object_get(object, "error"));
    fail(feed, reason != NULL ? reason : "the answer is not tcpstored's");
    json_decref(object);
}

/* The next message of libcurl about a transfer that has ended. */
static bool take_result(struct top_feed *feed)
{
    int left;
    CURLMsg *message = curl_multi_info_read(feed->multi, &left);

    if (message == NULL)
        return false;
    finish(feed, message->data.result);
    return true;
}

static int wait_of(const struct top_feed *feed, int wait_ms)
{
    uint64_t now = clock_now();
    uint64_t left_ms = feed->round_ns > now ? (feed->round_ns - now) / NS_PER_MS + 1 : 0;

    if (feed->is_asking || left_ms > (uint64_t)wait_ms)
        return wait_ms;
    return (int)left_ms;
}

bool top_feed_run(struct top_feed *feed, int fd, int wait_ms)
{
    struct curl_waitfd input = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int running;

    if (!feed->is_asking && clock_now() >= feed->round_ns)
        begin_round(feed);
    curl_multi_perform(feed->multi, &running);
    if (take_result(feed))
        return true;
    curl_multi_poll(feed->multi, &input, 1, wait_of(feed, wait_ms), NULL);
    return false;
}

void top_feed_done(struct top_feed *feed)
{
    stop_asking(feed);
    forget_pages(feed);
    curl_multi_cleanup(feed->multi);
}
