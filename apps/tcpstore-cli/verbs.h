/*
 * The functions that run the commands, one for each row of the table in commands.c.
 *
 * Happy path of all: read the arguments, send requests to the server, print the replies. Ways
 * to fail: an argument or a file is wrong (operation.h); the server is unreachable, does not
 * answer in time, or answers no (report.h). Files with other failures list them at the top.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "tcpstore-cli/operation.h"

/* one_key.c */
enum status command_set(const struct operation *operation);
enum status command_get(const struct operation *operation);
enum status command_add(const struct operation *operation);
enum status command_append(const struct operation *operation);
enum status command_push(const struct operation *operation);
enum status command_pop(const struct operation *operation);
enum status command_qlen(const struct operation *operation);

/* many_keys.c */
enum status command_mget(const struct operation *operation);
enum status command_mset(const struct operation *operation);
enum status command_del(const struct operation *operation);
enum status command_check(const struct operation *operation);
enum status command_wait(const struct operation *operation);

/* sync.c */
enum status command_cas(const struct operation *operation);
enum status command_lock(const struct operation *operation);
enum status command_barrier(const struct operation *operation);

/* missing.c */
enum status command_missing(const struct operation *operation);

/* store.c */
enum status command_keys(const struct operation *operation);
enum status command_nkeys(const struct operation *operation);
enum status command_dump(const struct operation *operation);
enum status command_flush(const struct operation *operation);
enum status command_ping(const struct operation *operation);

/* why.c */
enum status command_why(const struct operation *operation);

/* stat.c */
enum status command_stat(const struct operation *operation);

/* clients.c */
enum status command_clients(const struct operation *operation);

/* top.c */
enum status command_top(const struct operation *operation);

/* stores.c */
enum status command_stores(const struct operation *operation);

/* drain.c */
enum status command_drain(const struct operation *operation);

/* monitor.c */
enum status command_monitor(const struct operation *operation);

/* trace.c */
enum status command_trace(const struct operation *operation);

/* load.c */
enum status command_load(const struct operation *operation);

#endif
