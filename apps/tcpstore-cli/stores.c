/* The stores of a server: lists them, opens one, closes one. */
#include <stdio.h>
#include <strings.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_read.h"
#include "tcpstore-cli/pages.h"
#include "tcpstore-cli/relay_state.h"
#include "tcpstore-cli/target.h"
#include "tcpstore-cli/units.h"
#include "tcpstore-cli/verbs.h"

static enum status list(struct diagnosis *diagnosis)
{
    return pages_print(diagnosis, &listings[LISTING_STORES]);
}

static const char *name_of(const struct diagnosis *diagnosis)
{
    return diagnosis->operation->arguments[1];
}

static enum status change(struct diagnosis *diagnosis, const char *method, json_t **ret_store)
{
    struct bytes target = {0};
    enum status status;

    bytes_append_text(&target, "/v1/stores/");
    target_append_encoded(&target, name_of(diagnosis));
    status = diagnosis_change(diagnosis, method, target.data, ret_store);
    bytes_done(&target);
    return status == STATUS_FAILED && diagnosis->http.status == 400 ? STATUS_USAGE : status;
}

/* The port alone, for scripts. */
static void print_port(const json_t *store)
{
    printf("%.0f\n", json_read_number(store, "port"));
}

/* A relay serves the stores of jobs at the ports that they have at the store. */
static enum status check_port(struct diagnosis *diagnosis, double port)
{
    if (!relay_state_lacks_port(&diagnosis->http, diagnosis->operation->options, port))
        return STATUS_OK;
    escape_print(
        stderr,
        "tcpstore-cli: stores: %s is open, but this relay cannot serve it: clients on its host "
        "cannot connect to port %.0f; see store-refused in the relay's log\n",
        name_of(diagnosis), port);
    return STATUS_FAILED;
}

static enum status open_one(struct diagnosis *diagnosis)
{
    json_t *store;
    enum status status = change(diagnosis, "PUT", &store);
    double port;

    if (status == STATUS_NO)
        return diagnosis_refuse(diagnosis);
    if (status != STATUS_OK)
        return status;
    port = json_read_number(store, "port");
    if (port == 0) {
        json_decref(store);
        return diagnosis_refuse(diagnosis);
    }
    diagnosis_print(diagnosis, store, print_port);
    return check_port(diagnosis, port);
}

static enum status report_absent(const struct diagnosis *diagnosis)
{
    escape_print(
        stderr,
        "tcpstore-cli: stores: %s: no store has this name; 'tcpstore-cli stores' lists them\n",
        name_of(diagnosis));
    return STATUS_NO;
}

static void print_closed(const json_t *store)
{
    double count = json_read_number(store, "clients");
    char clients[UNITS_SIZE];

    units_count(count, clients);
    escape_print(
        stdout, "%s: closed; %s client%s disconnected\n", json_read_text(store, "name"),
        clients, count == 1 ? "" : "s");
}

static enum status close_one(struct diagnosis *diagnosis)
{
    json_t *store;
    enum status status = change(diagnosis, "DELETE", &store);

    if (status == STATUS_NO)
        return report_absent(diagnosis);
    if (status != STATUS_OK)
        return status;
    diagnosis_print(diagnosis, store, print_closed);
    return STATUS_OK;
}

/* NULL if the arguments are wrong. */
static diagnosis_fn *chosen(const struct operation *operation)
{
    if (operation->count == 0)
        return list;
    if (operation->count != 2)
        return NULL;
    if (strcasecmp(operation->arguments[0], "open") == 0)
        return open_one;
    return strcasecmp(operation->arguments[0], "close") == 0 ? close_one : NULL;
}

enum status command_stores(const struct operation *operation)
{
    diagnosis_fn *run = chosen(operation);

    if (run == NULL)
        return operation_refuse(
            operation, "%s: expected nothing, open NAME or close NAME",
            operation->arguments[0]);
    if (operation->count == 2 && *operation->arguments[1] == '\0')
        return operation_refuse(operation, "'': an empty NAME, perhaps from an unset variable");
    return diagnosis_run(operation, run);
}
