#include "tcpstore-cli/output.h"

#include <inttypes.h>
#include <unistd.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/terminal.h"

void output_key(FILE *out, const struct operation *operation, struct tcpstore_span key)
{
    struct bytes text = {0};

    naming_show(&operation->options->naming, key, &text);
    fwrite(text.data, 1, text.size, out);
    bytes_done(&text);
}

void output_json(
    const struct operation *operation, struct tcpstore_span key, const char *field,
    json_t *value)
{
    json_t *object = json_bytes_new(&operation->options->naming, key);

    json_bytes_set(object, field, value);
    json_bytes_print(object);
}

static void print_escaped(struct tcpstore_span value)
{
    struct bytes text = {0};

    escape_append(&text, value);
    bytes_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, stdout);
    bytes_done(&text);
}

/* Unsafe bytes are printed with escapes, not refused: an entry popped from a queue is no longer
 * at the server. */
static void print_raw(struct tcpstore_span value)
{
    if (!isatty(STDOUT_FILENO) || escape_is_needless(value)) {
        fwrite(value.size > 0 ? value.bytes : "", 1, value.size, stdout);
        return;
    }
    print_escaped(value);
    fputs(
        "tcpstore-cli: --raw: printed with escapes, since the bytes could change the terminal; "
        "'| cat' prints them unchanged\n",
        stderr);
}

void output_value(
    const struct operation *operation, struct tcpstore_span key, struct tcpstore_span value)
{
    if (operation->options->json)
        output_json(operation, key, "value", json_bytes_of(value));
    else if (operation->options->raw)
        print_raw(value);
    else
        print_escaped(value);
}

void output_number(
    const struct operation *operation, struct tcpstore_span key, const char *field,
    int64_t number)
{
    if (operation->options->json)
        output_json(operation, key, field, json_integer(number));
    else
        printf("%" PRId64 "\n", number);
}

enum status output_flush(void)
{
    bool failed = fflush(stdout) != 0;

    /* An earlier write may have failed and left nothing for this one. */
    if (!failed && !ferror(stdout))
        return STATUS_OK;
    if (!interrupt_was_received())
        fputs(
            "tcpstore-cli: cannot write to stdout, part of the output is missing; is the disk "
            "full?\n",
            stderr);
    clearerr(stdout);
    return STATUS_FAILED;
}
