/* Limits of control groups, read from directories that imitate /proc and /sys. */
#include "tcpstored/cgroup.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/test.h"

#define MIB ((uint64_t)1 << 20)

#define V1_MEMORY                                                                         \
    "31 24 0:27 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755\n"                   \
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n" \
    "36 31 0:33 / /sys/fs/cgroup/cpu,pids rw,relatime - cgroup cgroup rw,cpu,pids\n"
#define V2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

#define V1_NO_LIMIT "9223372036854771712\n"

static char root[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/tcpstore-cgroup-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file and creates its parent directories. */
static void put(const char *path, const char *content)
{
    char full[1024];
    FILE *file;

    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *at = full + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
        *at = '/';
    }
    file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_process(const char *cgroup, const char *mountinfo)
{
    put("/proc/self/cgroup", cgroup);
    put("/proc/self/mountinfo", mountinfo);
}

static void assert_limits(uint64_t memory, uint64_t tasks)
{
    struct cgroup_limits limits;

    cgroup_limits_read(root, &limits);
    assert_int_equal(limits.memory, memory);
    assert_int_equal(limits.tasks, tasks);
}

static void a_process_without_control_groups_is_unlimited(void **state)
{
    (void)state;
    assert_limits(CGROUP_UNLIMITED, CGROUP_UNLIMITED);
    put("/proc/self/cgroup", "0::/job\n");
    assert_limits(CGROUP_UNLIMITED, CGROUP_UNLIMITED);
    put("/proc/self/mountinfo", "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n");
    assert_limits(CGROUP_UNLIMITED, CGROUP_UNLIMITED);
}

static void limits_of_a_version_2_group_are_read(void **state)
{
    (void)state;
    put_process("0::/job\n", V2);
    put("/sys/fs/cgroup/job/memory.max", "67108864\n");
    put("/sys/fs/cgroup/job/pids.max", "10\n");
    put("/sys/fs/cgroup/job/pids.current", "3\n");
    assert_limits(64 * MIB, 7);
}

static void the_value_max_is_unlimited(void **state)
{
    (void)state;
    put_process("0::/job\n", V2);
    put("/sys/fs/cgroup/job/memory.max", "max\n");
    put("/sys/fs/cgroup/job/memory.high", "max\n");
    put("/sys/fs/cgroup/job/pids.max", "max\n");
    put("/sys/fs/cgroup/job/pids.current", "3\n");
    assert_limits(CGROUP_UNLIMITED, CGROUP_UNLIMITED);
}

static void a_lower_memory_high_is_the_limit(void **state)
{
    (void)state;
    put_process("0::/job\n", V2);
    put("/sys/fs/cgroup/job/memory.max", "67108864\n");
    put("/sys/fs/cgroup/job/memory.high", "33554432\n");
    assert_limits(32 * MIB, CGROUP_UNLIMITED);
}

static void nested_groups_give_the_smallest_limit(void **state)
{
    (void)state;
    put_process("0::/slice/job/step\n", V2);
    put("/sys/fs/cgroup/slice/memory.max", "33554432\n");
    put("/sys/fs/cgroup/slice/pids.max", "100\n");
    put("/sys/fs/cgroup/slice/pids.current", "99\n");
    put("/sys/fs/cgroup/slice/job/memory.max", "67108864\n");
    put("/sys/fs/cgroup/slice/job/step/memory.max", "max\n");
    put("/sys/fs/cgroup/slice/job/step/pids.max", "50\n");
    put("/sys/fs/cgroup/slice/job/step/pids.current", "2\n");
    put("/sys/fs/cgroup/other/memory.max", "1048576\n");
    assert_limits(32 * MIB, 1);
}

static void more_processes_than_pids_max_leave_no_tasks(void **state)
{
    (void)state;
    put_process("0::/job\n", V2);
    put("/sys/fs/cgroup/job/pids.max", "3\n");
    put("/sys/fs/cgroup/job/pids.current", "5\n");
    assert_limits(CGROUP_UNLIMITED, 0);
}

static void limits_of_separate_version_1_hierarchies_are_read(void **state)
{
    (void)state;
    put_process("9:cpu,pids:/tasks\n4:memory:/job\n1:name=systemd:/\n", V1_MEMORY);
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_NO_LIMIT);
    put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "67108864\n");
    put("/sys/fs/cgroup/cpu,pids/tasks/pids.max", "20\n");
    put("/sys/fs/cgroup/cpu,pids/tasks/pids.current", "1\n");
    assert_limits(64 * MIB, 19);
}

static void the_sentinel_of_version_1_is_unlimited(void **state)
{
    (void)state;
    put_process("4:memory:/job\n", V1_MEMORY);
    put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", V1_NO_LIMIT);
    put("/sys/fs/cgroup/memory/job/memory.stat", "hierarchical_memory_limit " V1_NO_LIMIT);
    assert_limits(CGROUP_UNLIMITED, CGROUP_UNLIMITED);
}

static void a_limit_outside_the_container_is_read_from_memory_stat(void **state)
{
    (void)state;
    put_process("4:memory:/\n", V1_MEMORY);
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_NO_LIMIT);
    put("/sys/fs/cgroup/memory/memory.stat",
        "cache 4096\nhierarchical_memory_limit 67108864\nhierarchical_memsw_limit 99\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void a_hybrid_machine_gives_the_smaller_limit_of_both_versions(void **state)
{
    (void)state;
    put_process(
        "9:cpu,pids:/\n4:memory:/job\n0::/job\n",
        V1_MEMORY "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "67108864\n");
    put("/sys/fs/cgroup/unified/job/cgroup.controllers", "hugetlb\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
    put("/sys/fs/cgroup/unified/job/memory.max", "33554432\n");
    assert_limits(32 * MIB, CGROUP_UNLIMITED);
}

/* The path is the host's; the mount shows only the container's group. */
static void a_group_that_is_the_root_of_the_mount_is_read_at_the_mount(void **state)
{
    (void)state;
    put_process(
        "4:memory:/docker/0123\n",
        "35 31 0:32 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void a_group_inside_a_container_is_read_below_the_mount(void **state)
{
    (void)state;
    put_process(
        "4:memory:/docker/0123/step\n",
        "35 31 0:32 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
    put("/sys/fs/cgroup/memory/step/memory.limit_in_bytes", "33554432\n");
    assert_limits(32 * MIB, CGROUP_UNLIMITED);
}

static void a_group_that_only_shares_a_prefix_with_the_root_is_outside_the_mount(void **state)
{
    (void)state;
    put_process(
        "4:memory:/docker/01234\n",
        "35 31 0:32 /docker/0123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
    put("/sys/fs/cgroup/memory4/memory.limit_in_bytes", "1048576\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void a_path_hidden_from_the_container_gives_the_limit_of_the_mount(void **state)
{
    (void)state;
    put_process("0::/kubepods/pod1/container2\n", V2);
    put("/sys/fs/cgroup/memory.max", "67108864\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void a_group_outside_the_namespace_gives_the_limit_of_the_mount(void **state)
{
    (void)state;
    put_process("0::/../other\n", V2);
    put("/sys/fs/cgroup/memory.max", "67108864\n");
    put("/sys/fs/other/memory.max", "1048576\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void the_mount_that_contains_the_group_is_preferred(void **state)
{
    (void)state;
    put_process("0::/job\n", "29 23 0:26 /other /mnt/other rw - cgroup2 cgroup2 rw\n" V2);
    put("/mnt/other/memory.max", "1048576\n");
    put("/sys/fs/cgroup/job/memory.max", "67108864\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void a_mount_point_with_a_space_is_unescaped(void **state)
{
    (void)state;
    put_process("0::/job\n", "30 23 0:26 / /my\\040groups rw - cgroup2 cgroup2 rw\n");
    put("/my groups/job/memory.max", "67108864\n");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

static void malformed_lines_are_skipped(void **state)
{
    (void)state;
    put_process("\nnonsense\n:\n4:memory\n0::/job\n", "\n1 2 3\n - cgroup2\n" V2);
    put("/sys/fs/cgroup/job/memory.max", "lots\n");
    put("/sys/fs/cgroup/memory.max", "67108864\n");
    put("/sys/fs/cgroup/job/pids.max", "");
    assert_limits(64 * MIB, CGROUP_UNLIMITED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_process_without_control_groups_is_unlimited),
        TEST(limits_of_a_version_2_group_are_read),
        TEST(the_value_max_is_unlimited),
        TEST(a_lower_memory_high_is_the_limit),
        TEST(nested_groups_give_the_smallest_limit),
        TEST(more_processes_than_pids_max_leave_no_tasks),
        TEST(limits_of_separate_version_1_hierarchies_are_read),
        TEST(the_sentinel_of_version_1_is_unlimited),
        TEST(a_limit_outside_the_container_is_read_from_memory_stat),
        TEST(a_hybrid_machine_gives_the_smaller_limit_of_both_versions),
        TEST(a_group_that_is_the_root_of_the_mount_is_read_at_the_mount),
        TEST(a_group_inside_a_container_is_read_below_the_mount),
        TEST(a_group_that_only_shares_a_prefix_with_the_root_is_outside_the_mount),
        TEST(a_path_hidden_from_the_container_gives_the_limit_of_the_mount),
        TEST(a_group_outside_the_namespace_gives_the_limit_of_the_mount),
        TEST(the_mount_that_contains_the_group_is_preferred),
        TEST(a_mount_point_with_a_space_is_unescaped),
        TEST(malformed_lines_are_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
