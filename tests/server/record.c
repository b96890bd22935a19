/* How a program gets a server's record of operations. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/raw_client.h"
#include "support/store.h"

enum { RECORD_BYTES = 64 * 1024, ENTRIES = 5 /* connect, VALIDATE, PING, SET, PING */ };

struct taken {
    sem_t done;
    uint8_t *bytes; /* NULL: none */
    size_t size;
    uint64_t entries;
};

static void take(void *context, const void *record, size_t size, uint64_t entries)
{
    struct taken *taken = context;

    taken->bytes = NULL;
    if (record != NULL) {
        taken->bytes = malloc(size);
        assert_non_null(taken->bytes);
        memcpy(taken->bytes, record, size);
    }
    taken->size = size;
    taken->entries = entries;
    sem_post(&taken->done);
}

static struct tcpstore_server *start(struct taken *taken, size_t record_bytes)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;

    options.record = take;
    options.record_context = taken;
    options.limits.record_bytes = record_bytes;
    sem_init(&taken->done, 0, 0);
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_int_equal(tcpstore_server_start(server, NULL), 0);
    return server;
}

static int set_key(struct tcpstore_server *server)
{
    struct buffer requests = {0};
    int fd = raw_join("127.0.0.1", tcpstore_server_port(server));

    add_valued(&requests, OP_SET, "the key", text("secret"));
    raw_send(fd, &requests);
    raw_ping(fd);
    buffer_free(&requests);
    return fd;
}

static void assert_has_the_key(const uint8_t *bytes, size_t size)
{
    assert_memory_equal(bytes, "tcpstore-record 1\n", 18);
    assert_non_null(memmem(bytes, size, "the key", 7));
    assert_null(memmem(bytes, size, "secret", 6));
}

static void a_record_is_given_to_the_callback_when_asked_for(void **state)
{
    struct taken taken;
    struct tcpstore_server *server = start(&taken, RECORD_BYTES);
    int fd = set_key(server);

    (void)state;
    tcpstore_server_record(server);
    sem_wait(&taken.done);
    assert_has_the_key(taken.bytes, taken.size);
    assert_int_equal(taken.entries, ENTRIES);
    free(taken.bytes);
    close(fd);
    tcpstore_server_free(server);
}

static void a_server_that_records_nothing_gives_null(void **state)
{
    struct taken taken;
    struct tcpstore_server *server = start(&taken, 0);
    int fd = set_key(server);

    (void)state;
    tcpstore_server_record(server);
    sem_wait(&taken.done);
    assert_null(taken.bytes);
    assert_int_equal(taken.size, 0);
    errno = 0;
    assert_int_equal(tcpstore_server_dump(server, -1), -1);
    assert_int_equal(errno, ENODATA);
    close(fd);
    tcpstore_server_free(server);
}

static void a_dump_writes_the_record_to_a_file(void **state)
{
    struct taken taken;
    struct tcpstore_server *server = start(&taken, RECORD_BYTES);
    int fd = set_key(server);
    int file = memfd_create("record", MFD_CLOEXEC);
    uint8_t bytes[1024];
    ssize_t len;

    (void)state;
    assert_int_equal(tcpstore_server_dump(server, file), ENTRIES);
    len = pread(file, bytes, sizeof(bytes), 0);
    assert_true(len > 0);
    assert_has_the_key(bytes, (size_t)len);
    close(file);
    close(fd);
    tcpstore_server_free(server);
}

static void a_dump_to_a_file_that_cannot_be_written_fails(void **state)
{
    struct taken taken;
    struct tcpstore_server *server = start(&taken, RECORD_BYTES);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(tcpstore_server_dump(server, full), -1);
    assert_int_equal(errno, ENOSPC);
    close(full);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_given_to_the_callback_when_asked_for),
        cmocka_unit_test(a_server_that_records_nothing_gives_null),
        cmocka_unit_test(a_dump_writes_the_record_to_a_file),
        cmocka_unit_test(a_dump_to_a_file_that_cannot_be_written_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
