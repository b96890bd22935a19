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
enum status command_set(const struct operation *operation);
enum status command_get(const struct operation *operation);
enum status command_add(const struct operation *operation);
enum status command_append(const struct operation *operation);

/* cas.c */
enum status command_cas(const struct operation *operation);

/* lock.c */
enum status command_lock(const struct operation *operation);

/* several.c */
enum status command_mget(const struct operation *operation);
enum status command_mset(const struct operation *operation);
enum status command_del(const struct operation *operation);
enum status command_check(const struct operation *operation);
enum status command_wait(const struct operation *operation);

/* barrier.c */
enum status command_barrier(const struct operation *operation);

/* missing.c */
enum status command_missing(const struct operation *operation);

/* queues.c */
enum status command_push(const struct operation *operation);
enum status command_pop(const struct operation *operation);
enum status command_qlen(const struct operation *operation);

/* listing.c */
enum status command_keys(const struct operation *operation);
enum status command_dump(const struct operation *operation);

/* load.c */
enum status command_load(const struct operation *operation);

/* server.c */
enum status command_nkeys(const struct operation *operation);
enum status command_ping(const struct operation *operation);

#endif
