#include "support/store.h"

#include "support/test.h"

enum { PATIENCE_MS = 20000 };

struct tcpstore_server_options store_server_options(void)
{
    static const char *const loopback[] = {"127.0.0.1"};
    struct tcpstore_server_options options;

    tcpstore_server_options_init(&options);
    options.addresses = loopback;
    options.address_count = 1;
    return options;
}

struct tcpstore_server *store_start_with(const struct tcpstore_server_options *options)
{
    struct tcpstore_error error = {.text = ""};
    struct tcpstore_server *server;

    if (tcpstore_server_new(options, &error, &server) || tcpstore_server_start(server, &error))
        fail_msg("%s", error.text);
    return server;
}

struct tcpstore_server *store_start(void)
{
    const struct tcpstore_server_options options = store_server_options();

    return store_start_with(&options);
}

struct tcpstore_client_options store_options(uint16_t port)
{
    struct tcpstore_client_options options;

    tcpstore_client_options_init(&options);
    options.port = port;
    options.connect_timeout_ms = PATIENCE_MS;
    options.timeout_ms = PATIENCE_MS;
    return options;
}

struct tcpstore_client *store_connect(uint16_t port)
{
    const struct tcpstore_client_options options = store_options(port);
    struct tcpstore_error error = {.text = ""};
    struct tcpstore_client *client;

    if (tcpstore_client_connect(&options, &error, &client))
        fail_msg("%s", error.text);
    return client;
}

static void assert_says(const char *message, const char *word, size_t len)
{
    char wanted[128];

    assert_true(len < sizeof(wanted));
    memcpy(wanted, word, len);
    wanted[len] = '\0';
    if (strstr(message, wanted) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", message, wanted);
}

void assert_fails(int actual, int code, const struct tcpstore_error *error, const char *words)
{
    if (actual != code)
        fail_msg("%s, not %s", tcpstore_error_name(actual), tcpstore_error_name(code));
    assert_int_equal(error->code, code);
    while (*words != '\0') {
        size_t len = strcspn(words, "|");

        assert_says(error->text, words, len);
        words += len + (words[len] == '|');
    }
}
