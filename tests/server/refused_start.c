/* The system refuses what a server needs at its start: the error says so, and nothing leaks. */
#include "support/test.h"

#include <errno.h>
#include <uv.h>

#include "support/store.h"

static int until_refusal;

struct MHD_Daemon;

/* The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int __real_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb called);
int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb called);
struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, ...);

int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb called)
{
    if (until_refusal > 0 && --until_refusal == 0)
        return UV_EMFILE;
    return __real_uv_async_init(loop, async, called);
}

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, ...)
{
    (void)flags;
    errno = EMFILE;
    return NULL;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void assert_is_refused(bool http)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;
    struct tcpstore_error error;

    options.http = http;
    assert_int_equal(tcpstore_server_new(&options, &error, &server), TCPSTORE_ESYSTEM);
    assert_null(server);
    assert_non_null(strstr(error.text, "too many open files"));
}

static void without_http_there_is_no_server_that_should_have_it(void **state)
{
    (void)state;
    assert_is_refused(true);
}

static void each_handle_that_is_refused_is_an_error(void **state)
{
    enum { HANDLES = 4 }; /* stop requests, the record, and two threads */

    (void)state;
    for (int nth = 1; nth <= HANDLES; nth++) {
        until_refusal = nth;
        assert_is_refused(false);
        assert_int_equal(until_refusal, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_http_there_is_no_server_that_should_have_it),
        cmocka_unit_test(each_handle_that_is_refused_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
