/* How the program ends, and what scripts may rely on. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_NO = 1, /* the answer is no: not there, not ready, not stored */
    STATUS_USAGE = 2,
    STATUS_UNREACHABLE = 3, /* no server, or the connection to it was lost */
    STATUS_TIMED_OUT = 4,
    STATUS_FAILED = 5, /* whatever else: no memory, output that is not taken */
};

/* As --help lists it. */
const char *status_meaning(enum status status);

#endif
