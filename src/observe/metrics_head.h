/* What precedes the samples of a metric in Prometheus's text format. */
#ifndef OBSERVE_METRICS_HEAD_H
#define OBSERVE_METRICS_HEAD_H

#include <stdio.h>

static inline void metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

#endif
