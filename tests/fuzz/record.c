/*
 * Reading the segments of a damaged record. Entries are numbered without gaps and lie inside
 * the file; what a signal handler would clear in a ring is inside the request, too. The input
 * is what follows the head of a file.
 */
#include <stdlib.h>

#include "fuzz/target.h"
#include "record/parts.h"
#include "record/reader.h"

static void must_lie_in(struct span file, struct span part)
{
    MUST(
        part.len == 0 || (part.bytes >= file.bytes && part.len <= file.len &&
                          part.bytes + part.len <= file.bytes + file.len));
}

static void walk(struct span file, struct span request)
{
    struct parts parts = parts_of(request);
    struct part part;

    must_lie_in(file, request);
    while (parts_next(&parts, &part)) {
        must_lie_in(request, part.here);
        MUST(part.here.len <= part.len);
    }
}

static void read_all(struct span file)
{
    struct record_reader reader;
    struct record_entry entry;
    uint64_t next = 1;

    MUST(record_reader_init(&reader, file) == 0);
    while (record_read(&reader, &entry) > 0) {
        MUST(entry.number == next++);
        must_lie_in(file, entry.text);
        walk(file, entry.request);
        MUST(
            entry.outcome == OUTCOME_REFUSED || entry.outcome >= OUTCOME_CONNECTED ||
            entry.request.len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = FILE_HEAD + size;
    uint8_t *file = calloc(1, len); /* of exactly this size, for the address sanitizer */

    MUST(file != NULL);
    memcpy(file, FILE_MAGIC, sizeof(FILE_MAGIC) - 1);
    bytes_put_u64(file + 32, 1);
    bytes_put_u64(file + 48, size);
    span_copy(file + FILE_HEAD, span_of(data, size));
    read_all(span_of(file, len));
    free(file);
    return 0;
}
