/*
 * Keys with their values on the way to the server, many in a flight.
 *
 * Happy path: collect some and send them, followed by a PING; its answer says that they are
 * stored.
 *
 * Ways to fail: the server refuses one, for which it closes the connection. Then they are sent
 * again one by one, to find which, since writes have no answers. That is as good as once: an
 * entry always begins with a SET. The server is gone: how many are known to be stored is said.
 */
#ifndef CLI_UPLOAD_H
#define CLI_UPLOAD_H

#include "tcpstore-cli/command.h"
#include "tcpstore-cli/key_list.h"

struct upload {
    const struct call *call;
    const char *name; /* of the file that holds the entries */
    struct tcpstore_batch *batch;
    struct key_list keys; /* of those that are not sent yet */
    struct key_list values;
    size_t bytes;
    size_t stored; /* entries, each of a line, from the first on */
};

/* `name` as long as the upload lives. Fails as report_error, and then nothing is to be done. */
enum status upload_init(const struct call *call, const char *name, struct upload *ret_upload);

/* Copies both; sends when there is enough. */
enum status upload_add(
    struct upload *upload, struct tcpstore_span key, struct tcpstore_span value);

/* Sends what is left. */
enum status upload_flush(struct upload *upload);

void upload_done(struct upload *upload);

#endif
