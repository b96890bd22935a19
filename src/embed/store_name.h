/* The names of stores of jobs. */
#ifndef EMBED_STORE_NAME_H
#define EMBED_STORE_NAME_H

#include <tcpstore/error.h>

/* TCPSTORE_EINVAL: the error's text says what a name is. */
TCPSTORE_MUST_USE
int store_name_check(const char *name, struct tcpstore_error *error);

#endif
