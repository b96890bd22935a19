#include "tcpstore-cli/terminal.h"

#include <sys/ioctl.h>

enum { USUAL_WIDTH = 80 };

size_t terminal_width(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col;
}
