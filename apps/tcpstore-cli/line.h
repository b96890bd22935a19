/* One line of several: a command with its arguments and flags. */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include "tcpstore-cli/session.h"

enum line {
    LINE_EMPTY, /* or a comment, which begins with # */
    LINE_DONE,
    LINE_LAST, /* `quit` or `exit` */
};

/* Runs it. The flags of the session hold for it, too. `ret_status` is that of the command, and
 * of a line that is refused. */
enum line line_run(struct session *session, const char *text, enum status *ret_status);

#endif
