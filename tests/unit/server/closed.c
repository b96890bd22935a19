#include "server/closed.h"

#include "support/allocator.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct closed closed;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    closed_init(&fixture.closed, &fixture.memory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    closed_done(&f->closed);
    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

static void add(struct fixture *f, uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++)
        closed_add(&f->closed, &(struct closed_client){.number = number});
}

static void assert_kept(const struct fixture *f, uint64_t first, uint64_t last)
{
    assert_int_equal(f->closed.count, last - first + 1);
    for (size_t i = 0; i < f->closed.count; i++)
        assert_int_equal(closed_at(&f->closed, i)->number, first + i);
}

static void the_latest_are_kept(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 10);
    assert_kept(f, 1, 10);
    add(f, 11, CLOSED_MAX);
    assert_kept(f, 1, CLOSED_MAX);
    add(f, CLOSED_MAX + 1, 3 * CLOSED_MAX - 7);
    assert_kept(f, 2 * CLOSED_MAX - 6, 3 * CLOSED_MAX - 7);
}

static void a_few_take_little_memory(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(f->memory.used, 0);
    add(f, 1, 10);
    assert_in_range(f->memory.used, 1, 20 * sizeof(struct closed_client));
}

static void without_memory_none_is_kept(void **state)
{
    struct fixture *f = *state;

    allocator_refuse_all(&f->allocator);
    add(f, 1, 10);
    assert_int_equal(f->closed.count, 0);
    allocator_refuse_none(&f->allocator);
    add(f, 11, 20);
    assert_kept(f, 11, 20);
}

static void without_memory_for_more_the_oldest_is_forgotten(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 10);
    allocator_refuse_all(&f->allocator);
    add(f, 11, 100);
    assert_true(f->closed.count >= 10);
    assert_kept(f, 101 - f->closed.count, 100);
    allocator_refuse_none(&f->allocator);
    add(f, 101, 101);
    assert_int_equal(closed_at(&f->closed, f->closed.count - 1)->number, 101);
    assert_kept(f, 102 - f->closed.count, 101);
}

/* So many, each with a process. */
static void add_relayed(struct fixture *f, int32_t count)
{
    struct remote_process *process;

    for (int32_t pid = 1; pid <= count; pid++) {
        process = remote_process_new(
            &f->memory, pid - 1, pid, span_of("node7", 5), span_of("python", 6));
        closed_add(&f->closed, &(struct closed_client){.process = process});
        remote_process_free(&f->memory, process);
    }
}

static void processes_of_the_latest_are_kept(void **state)
{
    struct fixture *f = *state;

    add_relayed(f, CLOSED_MAX + 5);
    for (size_t i = 0; i < CLOSED_MAX; i++) {
        const struct remote_process *process = closed_at(&f->closed, i)->process;

        assert_int_equal(process->pid, i + 6);
        assert_int_equal(process->rank, i + 5);
        assert_true(span_equal(remote_process_host(process), span_of("node7", 5)));
        assert_true(span_equal(remote_process_name(process), span_of("python", 6)));
    }
}

static void without_memory_for_its_process_a_client_is_kept(void **state)
{
    struct fixture *f = *state;
    struct remote_process *process =
        remote_process_new(&f->memory, 0, 1, span_of("node7", 5), span_of(NULL, 0));

    add(f, 1, 1);
    allocator_refuse_all(&f->allocator);
    closed_add(&f->closed, &(struct closed_client){.number = 2, .process = process});
    remote_process_free(&f->memory, process);
    assert_kept(f, 1, 2);
    assert_null(closed_at(&f->closed, 1)->process);
}

static void long_texts_of_a_process_are_cut(void **state)
{
    const struct fixture *f = *state;
    static const uint8_t text[REMOTE_TEXT_MAX + 1];
    struct span longest = span_of(text, sizeof(text));
    struct memory *memory = f->closed.memory;
    struct remote_process *process = remote_process_new(memory, 0, 1, longest, longest);

    assert_int_equal(process->host_len, REMOTE_TEXT_MAX);
    assert_int_equal(process->name_len, REMOTE_TEXT_MAX);
    remote_process_free(memory, process);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_latest_are_kept),
        TEST(a_few_take_little_memory),
        TEST(without_memory_none_is_kept),
        TEST(without_memory_for_more_the_oldest_is_forgotten),
        TEST(processes_of_the_latest_are_kept),
        TEST(without_memory_for_its_process_a_client_is_kept),
        TEST(long_texts_of_a_process_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
