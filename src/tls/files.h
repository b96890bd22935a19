/* The files that an end of TLS connections is given. */
#ifndef TLS_FILES_H
#define TLS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include <tcpstore/error.h>

/* Paths; either the first three, in PEM, or `secrets` (secrets.h). The others are NULL. */
struct tls_files {
    const char *certificate; /* of this end, then those between it and the authority */
    const char *key;         /* of the certificate */
    const char *authorities; /* that sign the other ends' certificates */
    const char *secrets;
};

static inline bool tls_files_are_given(const struct tls_files *files)
{
    return files->certificate != NULL || files->key != NULL || files->authorities != NULL ||
           files->secrets != NULL;
}

/* Copies the paths, for tls_files_free to free. False: memory is refused, and *ret_copy is to
 * be freed, too. */
TCPSTORE_MUST_USE
bool tls_files_copy(const struct tls_files *files, struct tls_files *ret_copy);

void tls_files_free(struct tls_files *copy);

/* Whether they are a complete set; opens none. TCPSTORE_EINVAL. */
TCPSTORE_MUST_USE
int tls_files_check(const struct tls_files *files, struct tcpstore_error *error);

#endif
