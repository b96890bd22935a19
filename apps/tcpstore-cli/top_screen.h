/*
 * The full screen, by ncurses: shows sheets and reads keys.
 *
 * The terminal is restored by top_screen_close, when the program exits in any other way, and
 * while it is stopped by Ctrl-Z.
 */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "tcpstore-cli/sheet.h"

/* Returns -1 if ncurses does not know the terminal. SIGINT, SIGTERM, SIGHUP and SIGQUIT are
 * then caught: see top_screen_signal. */
TCPSTORE_MUST_USE
int top_screen_open(void);

void top_screen_size(size_t *ret_lines, size_t *ret_columns);

void top_screen_show(const struct sheet *sheet);

/* The next key, as top_press takes it. Returns false if there is none yet. */
bool top_screen_read(uint32_t *ret_key);

/* After Ctrl-Z: restores the terminal, stops the program, and shows the screen again when it
 * continues. */
void top_screen_stop_if_asked(void);

/* The signal that was caught; 0: none. */
int top_screen_signal(void);

/* Signals have the actions again that they had before. */
void top_screen_close(void);

#endif
