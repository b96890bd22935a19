# Manual pages, if scdoc is found, and completion for bash and zsh.

find_program(SCDOC scdoc)
file(GLOB pages CONFIGURE_DEPENDS docs/man/*.scd)
if(SCDOC)
    set(manuals)
    foreach(page ${pages})
        cmake_path(GET page STEM LAST_ONLY name)
        string(REGEX MATCH "[0-9]$" section ${name})
        set(manual ${PROJECT_BINARY_DIR}/man/${name})
        add_custom_command(
            OUTPUT ${manual}
            # The first line asks man to run tbl, for pages with tables; scdoc does not write it.
            COMMAND sh -c "{ printf '%s\\n' \"'\\\\\\\" t\"; \"$0\" <\"$1\"; } >\"$2\"" ${SCDOC} ${page} ${manual}
            DEPENDS ${page}
            VERBATIM)
        list(APPEND manuals ${manual})
        install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    endforeach()
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
    add_custom_target(manuals ALL DEPENDS ${manuals})
else()
    message(NOTICE "scdoc is missing: building without the manual pages")
endif()

install(DIRECTORY completions/bash/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY completions/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
