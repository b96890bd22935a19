/*
 * What runs behind each row of command.c.
 *
 * Happy path of all: take the arguments, ask the server, print what it has answered. Ways to
 * fail: an argument or a file is refused (input.h); the server cannot be asked, does not answer
 * in time, or says no (report.h). Files whose commands do more say so at their top.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "tcpstore-cli/operation.h"

/* values.c */
enum status command_set(const struct call *call);
enum status command_get(const struct call *call);
enum status command_add(const struct call *call);
enum status command_append(const struct call *call);

/* cas.c */
enum status command_cas(const struct call *call);

/* lock.c */
enum status command_lock(const struct call *call);

/* several.c */
enum status command_mget(const struct call *call);
enum status command_mset(const struct call *call);
enum status command_del(const struct call *call);
enum status command_check(const struct call *call);
enum status command_wait(const struct call *call);

/* barrier.c */
enum status command_barrier(const struct call *call);

/* missing.c */
enum status command_missing(const struct call *call);

/* queues.c */
enum status command_push(const struct call *call);
enum status command_pop(const struct call *call);
enum status command_qlen(const struct call *call);

/* listing.c */
enum status command_keys(const struct call *call);
enum status command_dump(const struct call *call);

/* load.c */
enum status command_load(const struct call *call);

/* server.c */
enum status command_nkeys(const struct call *call);
enum status command_ping(const struct call *call);

#endif
