/* The operations that steady.c repeats: how one is made, what it is answered, and what the
 * server has to hold for it. */
#ifndef BENCH_KIND_H
#define BENCH_KIND_H

#include "tcpstore-bench/requests.h"
#include "tcpstore-bench/scenario.h"

struct kind;

extern const struct kind kind_get;
extern const struct kind kind_set;
extern const struct kind kind_add;
extern const struct kind kind_check;
extern const struct kind kind_ping;
extern const struct kind kind_multi_get;
extern const struct kind kind_multi_set;
extern const struct kind kind_large;
extern const struct kind kind_watchdog;

/* How many different ones --keys allows for. */
size_t kind_units(const struct kind *kind, const struct options *options);

/* Appends the `index`th; all have the same length. */
void kind_add_unit(
    const struct kind *kind, size_t index, struct span value, struct requests *requests);

/* Bytes of the replies to one. */
size_t kind_reply_size(const struct kind *kind, const struct options *options);

/* Stores the keys that are read, has the first unit executed, and looks at the reply. */
void kind_prepare(const struct kind *kind, const struct bench *bench);

#endif
