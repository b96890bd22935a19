#include "tcpstore-bench/report.h"

#include <math.h>
#include <stdio.h>

#include <jansson.h>

#include "tcpstore-bench/fail.h"

static void add(struct report *report, struct figure figure)
{
    if (report->count == REPORT_MAX)
        fail("more than %d figures", REPORT_MAX);
    report->figures[report->count++] = figure;
}

void report_add(struct report *report, const char *name, double value)
{
    add(report, (struct figure){name, value, .is_count = false});
}

void report_count(struct report *report, const char *name, uint64_t count)
{
    add(report, (struct figure){name, (double)count, .is_count = true});
}

void report_latency(struct report *report, const struct histogram *nanoseconds)
{
    static const struct {
        const char *name;
        double fraction;
    } quantiles[] = {
        {"latency_p50_us", 0.5},     {"latency_p90_us", 0.9},       {"latency_p99_us", 0.99},
        {"latency_p99_9_us", 0.999}, {"latency_p99_99_us", 0.9999},
    };

    if (nanoseconds->count == 0)
        return;
    report_add(
        report, "latency_mean_us",
        (double)nanoseconds->sum / (double)nanoseconds->count / 1000);
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        uint64_t value = histogram_quantile(nanoseconds, quantiles[i].fraction);
        report_add(report, quantiles[i].name, (double)value / 1000);
    }
    report_add(report, "latency_max_us", (double)nanoseconds->max / 1000);
}

static int decimals(double value)
{
    if (value == floor(value))
        return 0;
    return fabs(value) < 10 ? 4 : 1;
}

static void print_table(const struct report *report, const char *scenario)
{
    printf("%s\n", scenario);
    for (size_t i = 0; i < report->count; i++) {
        const struct figure *figure = &report->figures[i];
        printf("  %-28s %16.*f\n", figure->name, decimals(figure->value), figure->value);
    }
}

static json_t *json_of(const struct figure *figure)
{
    return figure->is_count ? json_integer((json_int_t)figure->value)
                            : json_real(figure->value);
}

static void print_json(const struct report *report, const char *scenario)
{
    json_t *object = json_pack("{ss}", "scenario", scenario);
    bool added = object != NULL;

    for (size_t i = 0; added && i < report->count; i++) {
        const struct figure *figure = &report->figures[i];
        added = json_object_set_new(object, figure->name, json_of(figure)) == 0;
    }
    if (!added || json_dumpf(object, stdout, JSON_REAL_PRECISION(9)))
        fail("cannot write the report as JSON");
    putchar('\n');
    json_decref(object);
}

void report_print(const struct report *report, const char *scenario, bool json)
{
    if (json)
        print_json(report, scenario);
    else
        print_table(report, scenario);
}
