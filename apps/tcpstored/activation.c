#include "tcpstored/activation.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/quantity.h"

enum { FIRST_DESCRIPTOR = 3 };

/* They may have been meant for a parent that has not taken them out of the environment. */
static bool is_for_us(void)
{
    const char *text = getenv("LISTEN_PID");
    uint64_t pid;

    return text != NULL && quantity_parse_number(text, &pid) == 0 && pid == (uint64_t)getpid();
}

int activation_socket(int *ret_fd)
{
    const char *text = getenv("LISTEN_FDS");
    uint64_t count;

    if (text == NULL || !is_for_us()) {
        *ret_fd = -1;
        return 0;
    }
    if (quantity_parse_number(text, &count) || count > 1) {
        fprintf(
            stderr,
            "tcpstored: LISTEN_FDS=%s: it serves on one socket; leave one ListenStream= in the "
            "socket unit, such as [::]:29500 for every interface\n",
            text);
        return -1;
    }
    *ret_fd = count == 1 ? FIRST_DESCRIPTOR : -1;
    return 0;
}
