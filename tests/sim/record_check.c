#include "sim/record_check.h"

#include "record/parts.h"
#include "record/reader.h"
#include "sim/check.h"
#include "support/record_copy.h"

static void check_values(struct simulation *simulation, const struct record_entry *entry)
{
    struct parts parts = parts_of(entry->request);
    struct part part;

    while (parts_next(&parts, &part)) {
        for (size_t i = 0; part.field == WIRE_BLOB && i < part.here.len; i++) {
            if (part.here.bytes[i] != 0)
                complain(simulation, 0, "a recorded request has its value");
        }
    }
}

void record_check(struct simulation *simulation)
{
    static uint8_t file[FILE_HEAD + RECORD_MIN];
    size_t len = record_copy_all(&simulation->record, 0, 0, file);
    struct record_reader reader;
    struct record_entry entry;
    int status = record_reader_init(&reader, span_of(file, len));

    if (status)
        complain(simulation, 0, "the record: %s", record_problem_text(status));
    while ((status = record_read(&reader, &entry)) > 0)
        check_values(simulation, &entry);
    if (status)
        complain(simulation, 0, "the record: %s", record_problem_text(status));
    if (reader.next != simulation->record.next)
        complain(simulation, 0, "the record does not end with the last entry");
}
