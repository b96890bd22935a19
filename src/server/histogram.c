#include "server/histogram.h"

#define US ((uint64_t)1000)
#define MS (1000 * US)
#define S (1000 * MS)

const uint64_t histogram_bounds[HISTOGRAM_BOUNDS] = {
    10 * US,  30 * US,  100 * US, 300 * US, 1 * MS, 3 * MS, 10 * MS, 30 * MS,
    100 * MS, 300 * MS, 1 * S,    3 * S,    10 * S, 30 * S, 100 * S, 300 * S,
};

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    unsigned i = 0;

    while (i < HISTOGRAM_BOUNDS && ns > histogram_bounds[i])
        i++;
    histogram->counts[i]++;
    histogram->sum += ns;
}
