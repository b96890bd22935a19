#include "wire/opcode.h"

/* The smallest size of each field of enum wire_field: an empty key or value has a length. */
#define MIN_END 0
#define MIN_U32 4
#define MIN_I64 8
#define MIN_KEY 8
#define MIN_BLOB 8

const struct wire_layout wire_layouts[WIRE_OPCODE_COUNT] = {
#define LAYOUT(name, number, counted, first, second, third)    \
    [number] = {                                               \
        #name,                                                 \
        counted,                                               \
        {WIRE_##first, WIRE_##second, WIRE_##third, WIRE_END}, \
        MIN_##first + MIN_##second + MIN_##third,              \
    },
    WIRE_OPCODES(LAYOUT)
#undef LAYOUT
};

bool wire_carries_value(uint8_t opcode)
{
    const struct wire_layout *layout = wire_layout_of(opcode);

    for (size_t i = 0; layout != NULL && layout->fields[i] != WIRE_END; i++) {
        if (layout->fields[i] == WIRE_BLOB)
            return true;
    }
    return false;
}
