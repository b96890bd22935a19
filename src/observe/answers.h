/* What each path answers: see docs/HTTP.md and struct route. */
#ifndef OBSERVE_ANSWERS_H
#define OBSERVE_ANSWERS_H

#include "observe/inquiry.h"

bool answer_page(struct inquiry *inquiry);
bool answer_health(struct inquiry *inquiry);
bool answer_readiness(struct inquiry *inquiry);
bool answer_metrics(struct inquiry *inquiry);
bool answer_stat(struct inquiry *inquiry);
bool answer_record(struct inquiry *inquiry);
bool answer_keys(struct inquiry *inquiry);
bool answer_queues(struct inquiry *inquiry);

bool answer_stores(struct inquiry *inquiry);
bool answer_store(struct inquiry *inquiry);

bool change_open_store(struct inquiry *inquiry);
bool change_close_store(struct inquiry *inquiry);
bool change_drain(struct inquiry *inquiry);

/* Those that need a census: */
bool begin_why(struct inquiry *inquiry);
void work_out_why_text(struct inquiry *inquiry, struct report *report);
void work_out_why(struct inquiry *inquiry, struct report *report);

bool begin_list(struct inquiry *inquiry);
void work_out_clients(struct inquiry *inquiry, struct report *report);
void work_out_closed(struct inquiry *inquiry, struct report *report);
void work_out_waits(struct inquiry *inquiry, struct report *report);
void work_out_barriers(struct inquiry *inquiry, struct report *report);
bool begin_hosts(struct inquiry *inquiry);
void work_out_hosts(struct inquiry *inquiry, struct report *report);

#endif
