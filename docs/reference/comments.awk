# usage: awk -f comments.awk HEADER
#
# Doxygen reads only comments that are marked for it. This marks the comments of the public headers,
# which are written for readers of the headers:
#
#   - The first comment, and any other that an empty line follows, documents the file.
#   - A comment above declarations documents all of them, up to the next empty line or comment.
#   - A comment behind a declaration documents only that one.
#   - Lines that begin with an error code, indented or followed by several spaces, form a list.
#   - Names of functions and error codes in a comment are references, which must exist.
#   - Each row of X(constant, value, "text") is an enumerator with its text.
#
# Line numbers stay the same, so that Doxygen's messages point to the right lines.

/^ *\/\*/ && !in_body {
    start_comment()
}

in_comment {
    add_to_comment($0)
    next
}

comment != "" {
    print_comment(/^$/ || !seen_file_comment)
}

/^\{$/ {
    in_body = 1
}

/^ *X\(TCPSTORE_/ {
    add_enumerator($0)
}

{
    print_code($0)
}

/^\}/ {
    in_body = 0
}

function start_comment()
{
    in_comment = 1
    in_list = 0
    comment = shared = ""
}

function add_to_comment(line)
{
    line = list_item(line)
    if (line !~ /^ *\*     /)
        line = with_references(line)
    comment = comment (comment == "" ? "" : "\n") line
    if (line ~ /\*\/$/)
        in_comment = 0
}

# "TCPSTORE_EINVAL    why" becomes "- TCPSTORE_EINVAL: why", in as many lines.
function list_item(line,    code)
{
    if (line ~ /^ \* *TCPSTORE_E[A-Z]+(  |$|, TCPSTORE_E[A-Z, _]*$)/ ||
        line ~ /^ \*  +TCPSTORE_E[A-Z]+ /) {
        in_list = 1
        sub(/^ \* */, "", line)
        code = line
        sub(/ .*/, "", code)
        if (sub(/^[A-Z_]+ +/, "", line))
            line = code ": " line
        return " * - " line
    }
    if (in_list && line ~ /^ \*          /)
        sub(/^ \* */, " *   ", line)
    else
        in_list = 0
    return line
}

# Puts "#" before each name, which makes it a reference; not within quotes or after "struct".
function with_references(line,    done, before)
{
    done = ""
    while (match(line, /tcpstore_[a-z_]+|TCPSTORE_[A-Z_]+/)) {
        before = substr(line, 1, RSTART - 1)
        done = done before (before ~ /(^|[ (*])$/ && before !~ /(struct|enum) $/ ? "#" : "")
        done = done substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
    }
    return done line
}

function print_comment(is_about_file)
{
    if (is_about_file) {
        sub(/\/\*/, seen_file_comment ? "/** \\details" : "/**", comment)
        sub(/\*\/$/, "\\file */", comment)
        seen_file_comment = 1
    } else {
        sub(/\/\*/, "/**", comment)
        shared = comment
        gsub(/\n *\*?/, " ", shared)
        is_first = 1
    }
    print comment
    comment = ""
}

function add_enumerator(line)
{
    sub(/^ *X\(/, "", line)
    sub(/, -/, " = -", line)
    sub(/, "/, ", /**< ", line)
    sub(/"\).*/, " */ ", line)
    enumerators = enumerators line
}

function print_code(line,    before)
{
    if (line ~ /^($|\}|#else|#endif)/ || line ~ /\{$/)
        shared = ""
    if (shared != "" && !is_first && begins_declaration)
        before = shared " "
    is_first = 0
    begins_declaration = line ~ /;( *\/\*.*)?$/ || line ~ /^#define .*[^\\]$/

    if (line ~ /^#(define|undef) TCPSTORE_ERROR_ENUM/)
        line = ""
    else if (line ~ /^ +TCPSTORE_ERRORS\(.*\)$/)
        line = enumerators
    if (line !~ /^#/ && line ~ /[;,] *\/\* .*\*\/$/) {
        sub(/\/\*/, "/**<", line)
        before = ""
    }
    print before line
}
