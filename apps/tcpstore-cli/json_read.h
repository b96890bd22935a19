/* Members of the server's answers. A member that is missing or of another type counts as 0 or
 * empty: a server of another version may have others. */
#ifndef CLI_JSON_READ_H
#define CLI_JSON_READ_H

#include <jansson.h>

static inline double json_read_number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static inline const char *json_read_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* How much a counter of /v1/stat has grown per second; 0 after a restart of the server. */
static inline double json_read_rate(const json_t *before, const json_t *now, const char *name)
{
    double seconds =
        json_read_number(now, "uptime_seconds") - json_read_number(before, "uptime_seconds");
    double difference = json_read_number(now, name) - json_read_number(before, name);

    return seconds > 0 && difference > 0 ? difference / seconds : 0;
}

#endif
