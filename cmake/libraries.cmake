# Outside libraries, as targets PkgConfig::<name>. All that are missing are named together, with the
# minimum version and the Debian package. Nothing is installed.

find_package(PkgConfig REQUIRED)
set(missing_libraries)

function(find_library_package name module package)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${name}_FOUND)
        list(APPEND missing_libraries "${module} (on Debian ${package})")
        set(missing_libraries ${missing_libraries} PARENT_SCOPE)
    endif()
endfunction()

# It has no file for pkg-config.
function(find_libunistring)
    find_library(LIBUNISTRING unistring)
    find_path(LIBUNISTRING_INCLUDE unictype.h)
    if(NOT LIBUNISTRING OR NOT LIBUNISTRING_INCLUDE)
        list(APPEND missing_libraries "libunistring (on Debian libunistring-dev)")
        set(missing_libraries ${missing_libraries} PARENT_SCOPE)
        return()
    endif()
    add_library(libunistring INTERFACE IMPORTED GLOBAL)
    target_link_libraries(libunistring INTERFACE ${LIBUNISTRING})
    target_include_directories(libunistring INTERFACE ${LIBUNISTRING_INCLUDE})
endfunction()

if(TCPSTORE_SERVER)
    find_library_package(libuv libuv>=1.40 libuv1-dev)
    find_library_package(libmicrohttpd libmicrohttpd>=0.9.75 libmicrohttpd-dev)
    find_library_package(openssl openssl>=1.1.1 libssl-dev)
    find_library_package(jansson jansson>=2.12 libjansson-dev)
    find_library_package(libedit libedit libedit-dev)
    find_library_package(ncurses ncursesw libncurses-dev)
    find_library_package(libcurl libcurl>=7.66 libcurl4-gnutls-dev)
    find_libunistring()
endif()
if(NOT TCPSTORE_SERVER)
    pkg_check_modules(openssl QUIET IMPORTED_TARGET GLOBAL openssl>=1.1.1) # else there is no TLS
endif()
if(TCPSTORE_TESTS)
    find_library_package(cmocka cmocka libcmocka-dev)
endif()

if(missing_libraries)
    list(JOIN missing_libraries "\n  " lines)
    message(FATAL_ERROR "Missing libraries:\n  ${lines}\n"
                        "On Debian `make deps` installs them, for the tests `make deps FOR=test`. "
                        "-D TCPSTORE_SERVER=OFF builds only the client library, which needs none.")
endif()
