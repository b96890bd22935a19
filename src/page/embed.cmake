# cmake -D SOURCE=… -D OUT=… -P embed.cmake
#
# Puts the style sheet and the scripts that SOURCE/index.html names into it: OUT/index.html. Writes
# the Content-Security-Policy that allows these by their hashes, and nothing else, to OUT/policy.txt,
# and both as constants to OUT/page.c.

# CMake has hashes in hexadecimal only; a browser wants base64.
function(base64_of_sha256 hex ret_text)
    set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
    set(padded ${hex}00)
    set(text "")
    foreach(offset RANGE 0 60 6)
        string(SUBSTRING ${padded} ${offset} 6 group)
        foreach(shift 18 12 6 0)
            math(EXPR digit "(0x${group} >> ${shift}) & 63")
            string(SUBSTRING ${digits} ${digit} 1 character)
            string(APPEND text ${character})
        endforeach()
    endforeach()
    string(REGEX REPLACE "A$" "=" text ${text})
    set(${ret_text} ${text} PARENT_SCOPE)
endfunction()

# inline(<regular expression with the file's name as its group> <element> <variable of the policy>)
function(inline pattern element ret_sources)
    set(sources "")
    string(REGEX MATCHALL "${pattern}" links "${document}")
    foreach(link IN LISTS links)
        string(REGEX REPLACE "${pattern}" "\\1" name "${link}")
        file(READ ${SOURCE}/${name} content)
        string(SHA256 hash "${content}")
        base64_of_sha256(${hash} text)
        string(APPEND sources " 'sha256-${text}'")
        string(REPLACE "${link}" "<${element}>${content}</${element}>" document "${document}")
    endforeach()
    set(document "${document}" PARENT_SCOPE)
    set(${ret_sources} "${sources}" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE}/index.html document)
inline("<link rel=\"stylesheet\" href=\"([a-z]+\\.css)\">" style style_sources)
inline("<script src=\"([a-z]+\\.js)\"></script>" script script_sources)
string(CONCAT policy "default-src 'none'; script-src${script_sources}; style-src${style_sources}; "
       "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
       "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
file(WRITE ${OUT}/index.html "${document}")
file(WRITE ${OUT}/policy.txt "${policy}\n")

file(READ ${OUT}/index.html bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REPEAT "....." 16 line)
string(REGEX REPLACE "(${line})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUT}/page.c "#include \"page/page.h\"

static const unsigned char document[] = {
    ${bytes}
};

const struct page_file page_document = {
    .type = \"text/html; charset=utf-8\",
    .policy =
        \"${policy}\",
    .bytes = document,
    .len = sizeof document,
};
")
