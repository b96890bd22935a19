#include "tcpstore-cli/character.h"

#include <ctype.h>
#include <unictype.h>
#include <unistr.h>

/* Symbols and marks of which nothing shows. */
static bool is_blank(ucs4_t code)
{
    return code == 0x2800 || code == 0x16FE4 || code == 0x1D159;
}

static bool is_in(ucs4_t code, uint32_t categories)
{
    return uc_is_general_category_withtable(code, categories);
}

static bool is_visible(ucs4_t code, bool after_base)
{
    if (is_in(code, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z) || is_blank(code) ||
        uc_is_property_default_ignorable_code_point(code))
        return false;
    return after_base || !is_in(code, UC_CATEGORY_MASK_M);
}

/* Not punctuation: a quotation mark is not part of what it encloses. */
static bool is_base(ucs4_t code)
{
    return is_in(
        code,
        UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_S);
}

/* Most are, and the properties of all Unicode take longer to look up. */
static struct character ascii(unsigned char byte)
{
    return (struct character){
        .size = 1,
        .code = byte,
        .visible = byte >= ' ' && byte < 0x7F,
        .base = isalnum(byte) != 0,
    };
}

struct character character_first(const void *bytes, size_t left, bool after_base)
{
    struct character first = {.size = 1};
    unsigned char byte = *(const unsigned char *)bytes;
    ucs4_t code;
    int size;

    if (byte < 0x80)
        return ascii(byte);
    size = u8_mbtoucr(&code, bytes, left);
    if (size <= 0)
        return first;
    first.size = (size_t)size;
    first.code = code;
    first.visible = is_visible(code, after_base);
    first.base = first.visible && is_base(code);
    return first;
}
