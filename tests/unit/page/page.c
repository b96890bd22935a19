#include "page/page.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

static void the_document_is_embedded_byte_by_byte(void **state)
{
    static unsigned char bytes[1 << 20];
    FILE *file = fopen(PAGE_DOCUMENT, "rb");
    size_t len;

    (void)state;
    assert_non_null(file);
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_spans_equal(span_of(page_document.bytes, page_document.len), span_of(bytes, len));
}

static void the_policy_allows_scripts_by_their_hashes_only(void **state)
{
    (void)state;
    assert_non_null(strstr(page_document.policy, "default-src 'none'; script-src 'sha256-"));
    assert_non_null(strstr(page_document.policy, "connect-src 'self'; img-src data:;"));
    assert_null(strstr(page_document.policy, "unsafe"));
    assert_null(strchr(page_document.policy, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_is_embedded_byte_by_byte),
        cmocka_unit_test(the_policy_allows_scripts_by_their_hashes_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
