#include "observe/watch.h"

#include "engine/view.h"

void watch_open(
    struct watch *watch, uv_loop_t *loop, const struct sources *sources,
    struct census_taker *taker, const struct hash_key *hash_key)
{
    *watch = (struct watch){.sources = *sources};
    census_init(&watch->census, taker, sources->clients, hash_key);
    slow_waits_init(
        &watch->slow_waits, loop, &watch->census, &sources->clients->service.config.log->log,
        sources->limits->slow_wait_ms);
    watch->sources.slow_waits = &watch->slow_waits;
    watch->sources.cursors = &watch->cursors;
    watch->sources.facts = &taker->copy.facts;
    watch->is_open = true;
}

uint16_t watch_port_to_identify(const struct watch *watch)
{
    const struct listen_sockets *sockets = &watch->sources.acceptor->sockets;

    return watch->sources.identifies && sockets->count > 0
               ? address_port(&sockets->list[0].address)
               : 0;
}

void watch_set_busy(struct watch *watch, bool is_busy)
{
    if (watch->is_open)
        slow_waits_set_busy(&watch->slow_waits, is_busy, watch_port_to_identify(watch));
}

uint64_t watch_clients_total(const struct watch *watch)
{
    uint64_t count;

    view_operation(watch->sources.clients->service.config.engine, WIRE_VALIDATE, &count);
    return count;
}

bool watch_is_idle(const struct watch *watch)
{
    return !watch->is_open || census_is_idle(&watch->census);
}

void watch_close(struct watch *watch)
{
    if (!watch->is_open)
        return;
    watch->is_open = false;
    slow_waits_close(&watch->slow_waits);
}

void watch_done(struct watch *watch)
{
    if (watch->sources.cursors != NULL)
        cursors_done(&watch->cursors);
}
