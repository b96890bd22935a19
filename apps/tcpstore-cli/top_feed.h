/*
 * Asks the server again and again for what `top` shows, without blocking: one request after the
 * other, by libcurl's multi interface.
 *
 * Failures: no answer, or one that is not tcpstored's. The model gets the reason, and after the
 * interval all is asked again.
 */
#ifndef CLI_TOP_FEED_H
#define CLI_TOP_FEED_H

#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/top_model.h"

enum top_part {
    TOP_WHY,
    TOP_STAT,
    TOP_PAGES,
    TOP_PARTS, /* none: until the next round */
};

struct top_feed {
    struct diagnosis *diagnosis;
    struct top_model *model; /* takes the answers */
    CURLM *multi;
    enum top_part part; /* that is asked for */
    bool is_asking;     /* a request is under way */
    json_t *pages;      /* so far */
    size_t rows;        /* in `pages` */
    uint64_t round_ns;  /* when the next round begins */
    uint64_t every_ns;
};

void top_feed_init(
    struct top_feed *ret_feed, struct diagnosis *diagnosis, struct top_model *model);

/* Asks for the pages of the model's view at once. */
void top_feed_hurry(struct top_feed *feed);

/* Waits for `fd` to be readable, for an answer, or for `wait_ms`. Returns true if the model has
 * changed. */
bool top_feed_run(struct top_feed *feed, int fd, int wait_ms);

void top_feed_done(struct top_feed *feed);

#endif
