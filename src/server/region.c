#include "server/region.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "server/pages.h"

/* Maps twice the size and unmaps all but one aligned region. */
static char *map_aligned(void)
{
    char *mapped = pages_map(2 * REGION_SIZE);
    char *region;
    size_t before;

    if (mapped == NULL)
        return NULL;
    before = -(uintptr_t)mapped & (REGION_SIZE - 1);
    region = mapped + before;
    if (before > 0)
        munmap(mapped, before);
    munmap(region + REGION_SIZE, REGION_SIZE - before);
    return region;
}

struct region *region_new(void)
{
    char *mapped = map_aligned();
    struct region *region = (struct region *)mapped;

    if (mapped == NULL)
        return NULL;
    madvise(mapped, REGION_SIZE, MADV_NOHUGEPAGE); /* pages are counted one by one */
    region_touch(mapped, mapped + sizeof(*region));
    return region;
}

void region_free(struct region *region)
{
    munmap(region, REGION_SIZE);
}

static size_t page_index(const void *address)
{
    return ((uintptr_t)address & (REGION_SIZE - 1)) / REGION_PAGE;
}

static bool is_held(const struct region *region, size_t page)
{
    return region->held_pages[page / 64] >> page % 64 & 1;
}

static void flip(struct region *region, size_t page)
{
    region->held_pages[page / 64] ^= (uint64_t)1 << page % 64;
}

size_t region_touch(const void *begin, const void *end)
{
    struct region *region = region_of(begin);
    size_t last = page_index((const char *)end - 1);
    size_t more = 0;

    for (size_t page = page_index(begin); page <= last; page++) {
        if (is_held(region, page))
            continue;
        flip(region, page);
        more += REGION_PAGE;
    }
    region->held += more;
    return more;
}

static void discard(struct region *region, size_t page, size_t end)
{
    size_t size = (end - page) * REGION_PAGE;

    if (madvise((char *)region + page * REGION_PAGE, size, MADV_DONTNEED))
        return;
    region->held -= size;
    while (page < end)
        flip(region, page++);
}

size_t region_discard(const void *begin, const void *end)
{
    struct region *region = region_of(begin);
    size_t page = page_index((const char *)begin - 1) + 1;
    size_t last = page_index(end);
    size_t before = region->held;

    while (page < last) {
        size_t run = page;

        while (page < last && is_held(region, page))
            page++;
        if (page > run)
            discard(region, run, page);
        else
            page++;
    }
    return before - region->held;
}
