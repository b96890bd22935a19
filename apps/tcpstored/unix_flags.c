#include "tcpstored/unix_flags.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"

enum { NAME_SIZE = 128, MODE_MAX = 0777 };

static int take_mode(const struct flags *flags, const char *text, uint32_t *ret_mode)
{
    char *end;
    unsigned long mode = *text >= '0' && *text <= '7' ? strtoul(text, &end, 8) : ULONG_MAX;

    if (mode <= MODE_MAX && *end == '\0') {
        *ret_mode = (uint32_t)mode;
        return 0;
    }
    flags_refuse(
        flags, "--unix-mode %s: expected permissions in octal, as in 0660, at most 0777", text);
    return -1;
}

/* UINT32_MAX would mean "leave it". */
static bool parse_number(const char *name, uint32_t *ret_number)
{
    uint64_t number;

    if (quantity_parse_number(name, &number) || number >= UINT32_MAX)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool find_user(const char *name, uint32_t *ret_user)
{
    /* cppcheck-suppress getpwnamCalled ; there is no other thread yet */
    const struct passwd *found = getpwnam(name);

    if (found == NULL)
        return parse_number(name, ret_user);
    *ret_user = found->pw_uid;
    return true;
}

static bool find_group(const char *name, uint32_t *ret_group)
{
    /* cppcheck-suppress getgrnamCalled ; likewise */
    const struct group *found = getgrnam(name);

    if (found == NULL)
        return parse_number(name, ret_group);
    *ret_group = found->gr_gid;
    return true;
}

static int refuse_owner(
    const struct flags *flags, const char *text, const char *kind, const char *name)
{
    flags_refuse(
        flags,
        "--unix-owner %s: this machine has no %s '%s'; give a name that 'getent' finds, or a "
        "number",
        text, kind, name);
    return -1;
}

static int take_owner(
    const struct flags *flags, const char *text, struct tcpstore_server_options *server)
{
    size_t len = strcspn(text, ":");
    const char *group = text[len] == ':' ? text + len + 1 : "";
    char user[NAME_SIZE];

    if (len >= sizeof(user) || (len == 0 && *group == '\0')) {
        flags_refuse(flags, "--unix-owner %s: expected USER, USER:GROUP or :GROUP", text);
        return -1;
    }
    snprintf(user, sizeof(user), "%.*s", (int)len, text);
    if (len > 0 && !find_user(user, &server->unix_user))
        return refuse_owner(flags, text, "user", user);
    if (*group != '\0' && !find_group(group, &server->unix_group))
        return refuse_owner(flags, text, "group", group);
    return 0;
}

int unix_flags_fill(
    const struct flags *flags, const char *mode, const char *owner,
    struct tcpstore_server_options *server)
{
    if (server->unix_path == NULL && (mode != NULL || owner != NULL)) {
        flags_refuse(
            flags, "--unix-%s %s: without --unix PATH there is no Unix socket; give both",
            mode != NULL ? "mode" : "owner", mode != NULL ? mode : owner);
        return -1;
    }
    if (mode != NULL && take_mode(flags, mode, &server->unix_mode))
        return -1;
    return owner == NULL ? 0 : take_owner(flags, owner, server);
}
