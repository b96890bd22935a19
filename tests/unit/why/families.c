/* Keys as recorded from PyTorch 2.13 jobs, and those that its sources name. */
#include "why/families.h"

#include "support/test.h"

static struct family_match match(const char *key)
{
    struct family_match found;

    families_match(text(key), &found);
    return found;
}

static void assert_numbered(
    const char *key, const char *job, const char *group, const char *stage, uint32_t number)
{
    struct family_match found = match(key);

    assert_string_equal(found.family->stage, stage);
    assert_spans_equal(found.job, text(job));
    assert_spans_equal(found.group, text(group));
    assert_true(found.has_number);
    assert_int_equal(found.number, number);
    assert_int_equal(found.family->setter, SETTER_NUMBERED);
}

static void addresses_of_gloo_are_numbered_by_rank(void **state)
{
    (void)state;
    assert_numbered("/job-1/1/default_pg/0//cpu//0/333", "job-1/1", "", "gloo", 333);
    assert_numbered("/default_pg/0//cpu//0/0", "", "", "gloo", 0);
    assert_numbered("/job/default_pg/0//tensor//cpu//0/7", "job", "tensor", "gloo", 7);
    assert_numbered(
        "/AsyncCheckpointProcess//0//cpu//0/2", "", "", "asynchronous checkpoint", 2);
}

static void a_store_that_a_script_passes_has_a_default_group_without_a_name(void **state)
{
    (void)state;
    assert_numbered("/job-1/0//cpu//0/2", "job-1", "", "gloo", 2);
    assert_true(match("/job-1/0//cpu//0/2").is_default_group);
    assert_numbered("/job-1/0//tensor//cpu//0/2", "job-1", "tensor", "gloo", 2);
    assert_true(match("/job-1/0//tensor//cpu//0/2").is_subgroup);
    assert_numbered("/0//cpu//0/2", "", "", "gloo", 2);
}

static void workers_of_rpc_set_their_addresses_first(void **state)
{
    (void)state;
    assert_numbered("/rpc_prefix_0/0/2", "", "0", "RPC", 2);
    assert_false(match("/rpc_prefix_0/0/2").is_subgroup);
}

static void a_pair_of_nccl_waits_for_its_lower_rank(void **state)
{
    (void)state;
    assert_numbered("/j/default_pg/0//cuda//3:11", "j", "", "NCCL, a pair", 3);
    assert_numbered("/j/default_pg/0//cuda//UniqueNCCLID:2", "j", "", "NCCL", 2);
    assert_int_equal(match("/j/default_pg/0//cuda//4").family->setter, SETTER_FIRST);
}

static void keys_of_torchrun_belong_to_an_attempt(void **state)
{
    (void)state;
    assert_numbered(
        "/torch.rendezvous.job-1.0/torchelastic/role_info/5", "job-1.0", "", "torchrun, roles",
        5);
    assert_int_equal(match("/torch.rendezvous.j.0/MASTER_ADDR").family->setter, SETTER_FIRST);
    assert_spans_equal(match("/torch.rendezvous.j.0/MASTER_ADDR").job, text("j.0"));
    assert_int_equal(match("/torch.rendezvous.j").family->setter, SETTER_EVENT);
}

static void keys_of_our_python_package_name_ranks_and_agents(void **state)
{
    (void)state;
    assert_numbered("/tcpstore/rank/5", "", "", "tcpstore://, all ranks", 5);
    assert_string_equal(match("/tcpstore/rank/5").family->member, "rank");
    assert_string_equal(match("/tcpstore/agent/0").family->member, "agent");
    assert_int_equal(match("/tcpstore/complete").family->setter, SETTER_FIRST);
    assert_int_equal(match("/tcpstore/jobs/job-1/2").family->setter, SETTER_FIRST);
    assert_spans_equal(match("/tcpstore/jobs/job-1/2").job, text("job-1"));
    assert_int_equal(match("/tcpstore/jobs/job-1/2").group.len, 0);
    assert_int_equal(
        match("/torch.rendezvous.j.1.0/torchelastic/agent/terminal_state/last_member")
            .family->setter,
        SETTER_EVENT);
    assert_int_equal(match("/tcpstore/torchrun/job-1/agents/16").family->setter, SETTER_AGENTS);
    assert_spans_equal(match("/tcpstore/torchrun/job-1/agents/16").group, text("job-1"));
    assert_int_equal(match("/tcpstore/torchrun/job-1/agents/16").number, 16);
    assert_spans_equal(match("/torch.rendezvous.j.1.0/tcpstore/store").job, text("j.1.0"));
}

static void watches_are_events(void **state)
{
    (void)state;
    assert_int_equal(match("exception_dump").family->setter, SETTER_EVENT);
    assert_int_equal(match("/j/default_pg/0/remote_error:0").family->setter, SETTER_EVENT);
}

static void assert_counter(const char *key, const char *counter)
{
    struct family_match found = match(key);
    uint8_t bytes[100];
    size_t len;

    assert_int_equal(found.family->setter, SETTER_LAST_MEMBER);
    len = families_counter(found.family, text(key), bytes);
    assert_spans_equal(span_of(bytes, len), text(counter));
}

static void members_of_a_barrier_count_themselves_in_another_key(void **state)
{
    (void)state;
    assert_counter("/j/save/step-100/last_member", "/j/save/step-100/num_members");
    assert_counter("/j/x/last_members", "/j/x/num_members");
    assert_counter(
        "/j/store_based_barrier_key:pg:1:last_worker", "/j/store_based_barrier_key:pg:1");
    assert_spans_equal(
        match("/j/1/default_pg/0//save/step-100/last_member").group, text("save/step-100"));
}

static void an_unknown_key_is_one_of_those_that_differ_in_its_last_number(void **state)
{
    struct family_match found = match("job 7/host-12.ready");

    (void)state;
    assert_int_equal(found.number, 12);
    assert_spans_equal(found.before, text("job 7/host-"));
    assert_spans_equal(found.after, text(".ready"));
    found = match("ready");
    assert_false(found.has_number);
    assert_spans_equal(found.before, text("ready"));
    found = match("");
    assert_false(found.has_number);
    assert_false(match("x123456789").has_number); /* it is too large to count members */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_gloo_are_numbered_by_rank),
        cmocka_unit_test(a_store_that_a_script_passes_has_a_default_group_without_a_name),
        cmocka_unit_test(workers_of_rpc_set_their_addresses_first),
        cmocka_unit_test(a_pair_of_nccl_waits_for_its_lower_rank),
        cmocka_unit_test(keys_of_torchrun_belong_to_an_attempt),
        cmocka_unit_test(keys_of_our_python_package_name_ranks_and_agents),
        cmocka_unit_test(watches_are_events),
        cmocka_unit_test(members_of_a_barrier_count_themselves_in_another_key),
        cmocka_unit_test(an_unknown_key_is_one_of_those_that_differ_in_its_last_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
