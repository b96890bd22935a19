# Reads the version from the public header, its only place.

file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/include/tcpstore/version.h version_line
     REGEX "^#define TCPSTORE_VERSION \"")
string(REGEX REPLACE ".*\"(.*)\"" "\\1" TCPSTORE_HEADER_VERSION "${version_line}")
