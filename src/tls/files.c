#include "tls/files.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int tls_files_check(const struct tls_files *files, struct tcpstore_error *error)
{
    bool has_any =
        files->certificate != NULL || files->key != NULL || files->authorities != NULL;
    bool has_all =
        files->certificate != NULL && files->key != NULL && files->authorities != NULL;

    if (has_any && files->secrets != NULL)
        return error_set(
            error, TCPSTORE_EINVAL,
            "secret-file %s: cannot be combined with certificates; leave it or them out",
            files->secrets);
    if (has_any == has_all)
        return 0;
    return error_set(
        error, TCPSTORE_EINVAL,
        "tls-%s is missing: certificates need all of tls-cert, tls-key and tls-ca",
        files->certificate == NULL ? "cert"
        : files->key == NULL       ? "key"
                                   : "ca");
}

/* False: memory is refused. */
static bool copy_path(const char *path, const char **ret_copy)
{
    *ret_copy = path == NULL ? NULL : strdup(path);
    return path == NULL || *ret_copy != NULL;
}

bool tls_files_copy(const struct tls_files *files, struct tls_files *ret_copy)
{
    *ret_copy = (struct tls_files){.secrets = NULL};
    return copy_path(files->certificate, &ret_copy->certificate) &&
           copy_path(files->key, &ret_copy->key) &&
           copy_path(files->authorities, &ret_copy->authorities) &&
           copy_path(files->secrets, &ret_copy->secrets);
}

void tls_files_free(struct tls_files *copy)
{
    free((void *)(uintptr_t)copy->certificate);
    free((void *)(uintptr_t)copy->key);
    free((void *)(uintptr_t)copy->authorities);
    free((void *)(uintptr_t)copy->secrets);
    *copy = (struct tls_files){.secrets = NULL};
}
