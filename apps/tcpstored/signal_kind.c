#include "tcpstored/signal_kind.h"

#include <signal.h>
#include <stddef.h>

#define NAMED(name) \
    {               \
        name, #name \
    }

static const struct {
    int number;
    const char *name;
} names[] = {
    NAMED(SIGABRT), NAMED(SIGALRM), NAMED(SIGBUS),    NAMED(SIGFPE),    NAMED(SIGHUP),
    NAMED(SIGILL),  NAMED(SIGINT),  NAMED(SIGIO),     NAMED(SIGPROF),   NAMED(SIGPWR),
    NAMED(SIGQUIT), NAMED(SIGSEGV), NAMED(SIGSTKFLT), NAMED(SIGSYS),    NAMED(SIGTERM),
    NAMED(SIGTRAP), NAMED(SIGUSR1), NAMED(SIGUSR2),   NAMED(SIGVTALRM), NAMED(SIGXCPU),
};

const char *signal_name(int number, char text[SIGNAL_NAME_SIZE])
{
    char *at = text;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    if (number >= 100)
        *at++ = (char)('0' + number / 100);
    if (number >= 10)
        *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    *at = '\0';
    return text;
}

bool signal_is_fault(int number)
{
    switch (number) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:
        return true;
    default:
        return false;
    }
}
