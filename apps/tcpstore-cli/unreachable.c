#include "tcpstore-cli/unreachable.h"

#include "client/connect.h"
#include "tcpstore-cli/relay_state.h"
#include "tcpstore-cli/report.h"

static const char for_secret[] =
    "compare this --secret-file with the store's; the store's log says why it refuses a client "
    "(relay-refused); -p PORT names the port of its --trunk";
static const char for_certificates[] =
    "compare the certificates and --tls-ca of both ends; the store's log says why it refuses a "
    "client (relay-refused); -p PORT names the port of its --trunk";
static const char for_name[] = "the store's log says why it refuses a client (relay-refused); "
                               "its --trunk-allow, if given, "
                               "must have the name of this end's certificate or secret";
static const char for_trunk[] = "if it is the port of a --trunk, give --secret-file, or "
                                "--tls-cert, --tls-key and --tls-ca; "
                                "-h HOST and -p PORT name the server";

/* NULL: the usual one. */
static const char *next_step_of(
    const struct options *options, const struct tcpstore_error *error)
{
    if (!options_use_tls(options))
        return connect_was_closed(error) ? for_trunk : NULL;
    if (error->code == TCPSTORE_EPROTOCOL)
        return options->secret_file != NULL ? for_secret : for_certificates;
    return connect_was_closed(error) ? for_name : NULL;
}

/* A relay that has no store answers nothing but HTTP. */
static enum status report_silence(
    const struct options *options, const struct tcpstore_error *error, struct tunnel *tunnel)
{
    enum status status;
    struct http http;

    http_init(&http, &options->server, tunnel, options_connect_ms(options));
    if (relay_state_ask(&http, options)) {
        status = report_error_with(error, "");
        relay_state_print(&http);
    } else {
        status = report_error(error);
    }
    http_done(&http);
    return status;
}

enum status unreachable_report(
    const struct options *options, const struct tcpstore_error *error)
{
    struct tunnel *tunnel = NULL;
    enum status status;

    if (!connect_found_silence(error))
        return report_error_with(error, next_step_of(options, error));
    if (options_use_tls(options) &&
        (options_have_http_server(options) || tunnel_new(options, NULL, &tunnel)))
        return report_error(error);
    status = report_silence(options, error, tunnel);
    tunnel_free(tunnel);
    return status;
}
