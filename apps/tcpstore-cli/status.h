/* The exit status of a command and of the program. Scripts rely on the numbers. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_NO = 1, /* the answer is no: missing, not ready, not stored */
    STATUS_USAGE = 2,
    STATUS_UNREACHABLE = 3, /* no server, or the connection to it was lost */
    STATUS_TIMED_OUT = 4,
    STATUS_FAILED = 5,  /* any other error: no memory, output that cannot be written */
    STATUS_NO_HTTP = 6, /* the server serves no HTTP, so it cannot answer */
};

#endif
