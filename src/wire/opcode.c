#include "wire/opcode.h"

#include <stddef.h>

/* Bytes of a field whose key or value is empty, by enum wire_field. */
#define LEAST_END 0
#define LEAST_U32 4
#define LEAST_I64 8
#define LEAST_KEY 8
#define LEAST_BLOB 8

static const struct wire_layout layouts[WIRE_OPCODE_COUNT] = {
#define LAYOUT(name, number, counted, first, second, third)    \
    [number] = {                                               \
        #name,                                                 \
        counted,                                               \
        {WIRE_##first, WIRE_##second, WIRE_##third, WIRE_END}, \
        LEAST_##first + LEAST_##second + LEAST_##third,        \
    },
    WIRE_OPCODES(LAYOUT)
#undef LAYOUT
};

const struct wire_layout *wire_layout_of(uint8_t opcode)
{
    return opcode < WIRE_OPCODE_COUNT ? &layouts[opcode] : NULL;
}

const char *wire_opcode_name(uint8_t opcode)
{
    return opcode < WIRE_OPCODE_COUNT ? layouts[opcode].name : "unknown";
}
