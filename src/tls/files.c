#include "tls/files.h"

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
