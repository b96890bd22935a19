#include "tcpstore-bench/histogram.h"

#include <math.h>

#define SUB_COUNT (UINT64_C(1) << HISTOGRAM_SUB_BITS)
#define LARGEST ((UINT64_C(1) << HISTOGRAM_MAX_BITS) - 1)

/* Below 2 * SUB_COUNT, each value has a slot. Above, each doubling of the value has SUB_COUNT
 * slots, each twice as wide as the previous ones. */
static uint64_t slot_of(uint64_t value)
{
    int shift;

    if (value < 2 * SUB_COUNT)
        return value;
    shift = 63 - __builtin_clzll(value) - HISTOGRAM_SUB_BITS;
    return (uint64_t)shift * SUB_COUNT + (value >> shift);
}

static uint64_t highest_in(uint64_t slot)
{
    uint64_t shift;

    if (slot < 2 * SUB_COUNT)
        return slot;
    shift = slot / SUB_COUNT - 1;
    return ((slot - shift * SUB_COUNT + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times)
{
    histogram->slots[slot_of(value < LARGEST ? value : LARGEST)] += times;
    histogram->count += times;
    histogram->sum += value * times;
    if (value > histogram->max)
        histogram->max = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double fraction)
{
    uint64_t rank = (uint64_t)ceil(fraction * (double)histogram->count);
    uint64_t seen = 0;

    for (uint64_t slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
        seen += histogram->slots[slot];
        if (seen >= rank && seen > 0) {
            uint64_t value = highest_in(slot);
            return value < histogram->max ? value : histogram->max;
        }
    }
    return histogram->max;
}
