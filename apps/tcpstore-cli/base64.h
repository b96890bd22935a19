/* RFC 4648, with padding. */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include "tcpstore-cli/bytes.h"

void base64_append(struct bytes *text, struct tcpstore_span bytes);

/* Appends the bytes; -1 if that is no base64, and then they hold part of them. */
TCPSTORE_MUST_USE
int base64_resolve(struct tcpstore_span text, struct bytes *bytes);

#endif
