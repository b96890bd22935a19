/* Which ranks a job waits for, and whether it hangs. */
#include <stdio.h>

#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/verbs.h"

static enum status print_text(struct diagnosis *diagnosis, const char *target)
{
    const struct http *http = &diagnosis->http;
    enum status status = diagnosis_get(diagnosis, target);

    if (status == STATUS_OK && http->verdict[0] == '\0')
        return diagnosis_refuse(diagnosis);
    if (status == STATUS_OK)
        escape_print(stdout, "%s", http->body.data);
    return status;
}

static enum status print_json(struct diagnosis *diagnosis, const char *target)
{
    json_t *object;
    enum status status = diagnosis_get_json(diagnosis, target, &object);

    if (status != STATUS_OK)
        return status;
    json_bytes_print(object);
    return status;
}

static enum status ask(struct diagnosis *diagnosis)
{
    const struct operation *operation = diagnosis->operation;
    bool json = operation->options->json;
    struct bytes target = {0};
    enum status status;

    bytes_append_text(&target, json ? "/v1/why" : "/why");
    bytes_append_text(&target, operation->options->all ? "?all=1" : "?all=0");
    diagnosis_add_arguments(operation, &target);
    diagnosis_add_store(operation, &target);
    status = json ? print_json(diagnosis, target.data) : print_text(diagnosis, target.data);
    bytes_done(&target);
    if (status != STATUS_OK)
        return status;
    return strcmp(diagnosis->http.verdict, "hangs") == 0 ? STATUS_NO : STATUS_OK;
}

enum status command_why(const struct operation *operation)
{
    return diagnosis_run(operation, ask);
}
