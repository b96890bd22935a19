#include "tls/loaded/openssl_functions.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct openssl_functions openssl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[200]; /* "": it is loaded */

/* Returns whether it is there. */
static bool find(void *library, const char *name, void *ret_function)
{
    void *function = library == NULL ? NULL : dlsym(library, name);

    if (function == NULL && failure[0] == '\0')
        snprintf(failure, sizeof(failure), "%s", dlerror());
    memcpy(ret_function, &function, sizeof(function));
    return function != NULL;
}

/* The libraries stay loaded. */
static void load_libssl(void)
{
    void *libssl = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);

#define FIND_IN_LIBSSL(name) find(libssl, #name, &openssl.name);
    OPENSSL_FUNCTIONS_OF_LIBSSL(FIND_IN_LIBSSL)
}

static void load_libcrypto(void)
{
    void *libcrypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);

#define FIND_IN_LIBCRYPTO(name) find(libcrypto, #name, &openssl.name);
    OPENSSL_FUNCTIONS_OF_LIBCRYPTO(FIND_IN_LIBCRYPTO)
}

static void load(void)
{
    load_libssl();
    load_libcrypto();
}

int openssl_load(struct tcpstore_error *error)
{
    pthread_once(&once, load);
    if (failure[0] == '\0')
        return 0;
    return error_set(
        error, TCPSTORE_ESYSTEM,
        "TLS needs OpenSSL 3, which cannot be loaded: %s; install it, on Debian libssl3",
        failure);
}
