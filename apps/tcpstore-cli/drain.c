/* Lets the server end when its last client has left. */
#include <stdio.h>

#include "tcpstore-cli/diagnosis.h"
#include "tcpstore-cli/json_read.h"
#include "tcpstore-cli/units.h"
#include "tcpstore-cli/verbs.h"

static void print(const json_t *object)
{
    double left = json_read_number(object, "clients");
    char clients[UNITS_SIZE];

    units_count(left, clients);
    if (left == 0)
        printf("draining: no client is connected; the server exits\n");
    else
        printf(
            "draining: %s %s left, in all stores; no other can connect, and the server exits "
            "after the last\n",
            clients, left == 1 ? "client is" : "clients are");
}

static enum status drain(struct diagnosis *diagnosis)
{
    json_t *object;
    enum status status = diagnosis_change(diagnosis, "PUT", "/v1/drain", &object);

    if (status == STATUS_NO)
        return diagnosis_refuse(diagnosis);
    if (status != STATUS_OK)
        return status;
    if (!json_is_true(json_object_get(object, "draining"))) {
        json_decref(object);
        return diagnosis_refuse(diagnosis);
    }
    diagnosis_print(diagnosis, object, print);
    return STATUS_OK;
}

enum status command_drain(const struct operation *operation)
{
    return diagnosis_run(operation, drain);
}
