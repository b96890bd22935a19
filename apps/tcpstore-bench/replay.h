/* Plays the operations of a record to the server: a connection for each recorded client. */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

struct bench;

/* Adds what it played to the report. */
void replay_run(struct bench *bench);

#endif
