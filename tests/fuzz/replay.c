/*
 * Runs a fuzz target on files without a fuzzer: the corpora as ordinary tests, and the inputs
 * that a fuzzer has found.
 *
 * Happy path: each argument is a file or a folder of files, and each file is an input. Ways to
 * fail: a file cannot be read, or no file is given: a message and status 2. A failed check
 * aborts.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "fuzz/target.h"

static _Noreturn void fail(const char *what, const char *path)
{
    fprintf(stderr, "replay: cannot %s %s: %s\n", what, path, strerror(errno));
    exit(2);
}

/* Uses a block of exactly that size, so that AddressSanitizer knows its end. */
static void replay_bytes(FILE *file, size_t size, const char *path)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);

    if (bytes == NULL || fread(bytes, 1, size, file) != size)
        fail("read", path);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

static size_t replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;

    if (file == NULL || fstat(fileno(file), &status))
        fail("open", path);
    replay_bytes(file, (size_t)status.st_size, path);
    fclose(file);
    return 1;
}

static size_t replay_folder(DIR *folder, const char *path)
{
    size_t replayed = 0;
    const struct dirent *entry;

    while ((entry = readdir(folder)) != NULL) {
        char name[PATH_MAX];

        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            replayed += replay_file(name);
    }
    return replayed;
}

static size_t replay(const char *path)
{
    DIR *folder = opendir(path);
    size_t replayed;

    if (folder == NULL)
        return replay_file(path);
    replayed = replay_folder(folder, path);
    closedir(folder);
    return replayed;
}

int main(int argc, char **argv)
{
    size_t replayed = 0;

    for (int i = 1; i < argc; i++)
        replayed += replay(argv[i]);
    if (replayed == 0) {
        fprintf(stderr, "usage: %s FILE|FOLDER…, with at least one file\n", argv[0]);
        return 2;
    }
    printf("%zu inputs replayed\n", replayed);
    return 0;
}
