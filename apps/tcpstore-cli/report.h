/* What went wrong, said on stderr with a next step, and the status that stands for it. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "tcpstore-cli/command.h"

/* An error of the library's. */
enum status report_error(const struct tcpstore_error *error);

/* A wait for these keys has failed: if its time was up, names those that are not there. */
enum status report_wait(
    const struct call *call, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error);

/* Names those that are not there: STATUS_NO. STATUS_OK: all are. */
enum status report_if_absent(
    const struct call *call, const struct tcpstore_span *keys, size_t count);

/* That there is no such key, or no such entry. */
enum status report_absent(const struct call *call, struct tcpstore_span key);

#endif
