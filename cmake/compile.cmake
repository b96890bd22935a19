# How every file of the project is compiled.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
                    -Wmissing-prototypes)
if(TCPSTORE_WERROR)
    add_compile_options(-Werror)
endif()

include(CheckPIESupported)
check_pie_supported()

# Makes faults hard to exploit. tests/install/hardening.py checks what is installed.
include(CheckCCompilerFlag)
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER has${flag} known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
        add_compile_options(${flag})
    endif()
endforeach()
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)

# If the compiler does not support level 3, the C library warns in every file.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
check_c_source_compiles("#include <stdio.h>\nint main(void) { return 0; }" has_fortify_3)
unset(CMAKE_REQUIRED_FLAGS)
set(fortify_level 2)
if(has_fortify_3)
    set(fortify_level 3)
endif()

if(TCPSTORE_SANITIZE)
    add_compile_options(-fsanitize=${TCPSTORE_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TCPSTORE_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    # -O3: a tenth more one-way SETs a second than with -O2 (docs/results/experiments.md).
    add_compile_options(-O3 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify_level})
    # Fat objects, for tools that look at symbols and for linkers without LTO.
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        set(TCPSTORE_LTO ON)
        # With the default limit on growth, inlining in the client would use up what the server needs:
        # 18 % fewer one-way SETs a second.
        add_compile_options(-flto=auto -ffat-lto-objects --param=inline-unit-growth=100)
        add_link_options(-flto=auto)
    endif()
endif()
