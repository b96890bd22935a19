#include "tcpstore-cli/help.h"

#include "tcpstore-cli/output.h"

static void print_flags(const struct command *command)
{
    fputs("\nFlags, besides those that all commands take:\n", stdout);
    if ((command->flags & COMMAND_WAITS) != 0)
        options_print_flag("timeout");
    command_each_flag(command, options_print_flag);
}

static bool has_flags(const struct command *command)
{
    return (command->flags & ~(unsigned)COMMAND_OFFLINE) != 0;
}

static void print_examples(const struct command *command)
{
    fputs("\nExamples:\n", stdout);
    for (int i = 0; i < COMMAND_EXAMPLES && command->examples[i] != NULL; i++)
        printf("  tcpstore-cli %s\n", command->examples[i]);
}

static void print_command(const struct command *command)
{
    bool bare = command->arguments[0] == '\0';

    printf(
        "usage: tcpstore-cli [FLAG]... %s%s%s\n\n%s\n", command->name, bare ? "" : " ",
        command->arguments, command->help);
    if (has_flags(command))
        print_flags(command);
    fputs("\nExit status:\n", stdout);
    help_print_statuses(command->no);
    print_examples(command);
    fputs("\n'tcpstore-cli --help' lists the flags that all commands take\n", stdout);
}

void help_print_statuses(const char *no)
{
    for (int status = STATUS_OK; status <= STATUS_FAILED; status++) {
        if (status != STATUS_NO)
            printf("  %d  %s\n", status, status_meaning((enum status)status));
        else if (no != NULL)
            printf("  %d  %s\n", status, no);
    }
}

static enum status print_named(const char *name)
{
    const struct command *command = command_find(name);

    if (command == NULL)
        return command_refuse_unknown(name);
    print_command(command);
    return STATUS_OK;
}

enum status help_answer(char **words, int count)
{
    enum status status = STATUS_OK;
    enum status flushed;

    if (count > 0)
        status = print_named(words[0]);
    else
        options_print_help();
    flushed = output_flush();
    return status == STATUS_OK ? flushed : status;
}

enum status command_help(const struct operation *operation)
{
    if (operation->count > 0)
        return print_named(operation->arguments[0]);
    command_list(stdout);
    fputs("\n'help COMMAND' explains one; at the prompt, 'quit' leaves\n", stdout);
    return STATUS_OK;
}
