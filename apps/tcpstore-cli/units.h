/* Durations and sizes as people read them: two or three digits and a unit. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#define UNITS_SIZE 32

/* As in "0.4 s", "31 s", "5 min", "2.1 h", "3.5 d". */
void units_seconds(double seconds, char ret_text[UNITS_SIZE]);

/* As in "812 B", "4.2 KiB". */
void units_bytes(double bytes, char ret_text[UNITS_SIZE]);

/* A whole number with a comma between thousands. */
void units_count(double count, char ret_text[UNITS_SIZE]);

#endif
