#include "engine/abandon.h"

#include "engine/appending.h"
#include "engine/building.h"
#include "engine/listing.h"
#include "engine/unfinished.h"
#include "wire/opcode.h"

static bool end_moment(struct execution *execution, uint8_t opcode)
{
    struct moment *moment = &execution->engine->store.moment;

    if (opcode == WIRE_MULTI_SET)
        return moment_settle(moment, &execution->effects->released, &execution->effects->steps);
    return moment_thaw(moment, &execution->effects->steps);
}

static bool drop(struct execution *execution, struct unfinished *unfinished)
{
    if (unfinished->appending != NULL)
        appending_drop(unfinished->appending, execution);
    if (unfinished->building != NULL)
        building_end(execution, unfinished->building, NULL);
    unfinished->building = NULL;
    if (unfinished->listing != NULL)
        return listing_drop(unfinished->listing, execution);
    if (unfinished->arriving != NULL)
        return arriving_discard(unfinished->arriving, &execution->effects->steps);
    return !unfinished->has_moment || end_moment(execution, unfinished->opcode);
}

bool abandon(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished == NULL)
        return true;
    if (!drop(execution, unfinished))
        return false;
    unfinished_end(execution);
    return true;
}
