#include "engine/following.h"

#include "base/bytes.h"
#include "base/cold.h"
#include "base/step.h"
#include "wire/opcode.h"

static bool is_list(const struct engine *engine, struct span bytes)
{
    const struct wire_layout *layout = wire_layout_of(bytes.bytes[0]);

    return layout != NULL && layout->counted && layout->fields[1] == WIRE_END &&
           bytes.len >= WIRE_COUNTED_HEAD &&
           bytes_get_u64(bytes.bytes + WIRE_OPCODE_SIZE) >= engine->limits.query_keys;
}

static void follow(struct session *session, const struct query *query, size_t len)
{
    struct input *input = &session->input;

    if (input->blob != query->request)
        input_follow(input, blob_retain(query->request), len);
    input->len = len;
    input->is_whole = query->is_whole && len == query->len;
}

/* A query that only this session follows grows where it is, while the session has no share of
 * it. */
static bool extend(
    struct engine *engine, struct session *session, struct effects *effects,
    struct query *query, struct span *bytes)
{
    struct input *input = &session->input;
    bool is_extended;

    if (input->blob == query->request) {
        blob_release(input->blob);
        input->blob = NULL;
    }
    is_extended =
        queries_extend(&engine->queries, &engine->limits.wire, query, bytes, &effects->steps);
    follow(session, query, query->len);
    return is_extended;
}

/* The next bytes of a request that the session follows. Returns false if they are others, or
 * cannot extend the query. */
static bool follow_or_extend(
    struct engine *engine, struct session *session, struct effects *effects,
    struct query *query, struct span *bytes)
{
    struct input *input = &session->input;

    if (input->len < query->len) {
        if (!input_follow_on(input, query->len, bytes))
            return false;
        follow(session, query, input->len);
        return true;
    }
    return extend(engine, session, effects, query, bytes);
}

COLD bool following_join(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    struct query *query = NULL;

    if (is_list(engine, bytes))
        query = queries_follow(&engine->queries, bytes, session, &effects->steps);
    if (query == NULL || query->len < bytes.len)
        return false;
    follow(session, query, bytes.len);
    return true;
}

COLD bool following_begin(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    const struct wire_limits *limits = &engine->limits.wire;
    struct query *query;
    struct span more;

    if (!is_list(engine, bytes))
        return false;
    query = queries_follow(&engine->queries, bytes, session, &effects->steps);
    if (query == NULL)
        query = queries_begin(&engine->queries, limits, bytes, session, &effects->steps);
    if (query == NULL)
        return false;
    more = span_from(bytes, query->len < bytes.len ? query->len : bytes.len);
    if (!queries_extend(&engine->queries, limits, query, &more, &effects->steps) ||
        more.len > 0)
        return false;
    follow(session, query, bytes.len);
    return true;
}

COLD bool following_go_on(
    struct engine *engine, struct session *session, struct effects *effects, struct span *bytes)
{
    struct input *input = &session->input;
    struct query *query =
        queries_follow(&engine->queries, input_slice(input).span, session, &effects->steps);

    if (query != NULL && query->len < input->len)
        query = NULL; /* another one: its own was forgotten */
    if (query != NULL)
        follow(session, query, input->len);
    effects->steps -= (long)(bytes->len / STEP_BYTES);
    while (bytes->len > 0 && !input->is_whole) {
        if (query == NULL || !follow_or_extend(engine, session, effects, query, bytes))
            return false;
    }
    return true;
}
