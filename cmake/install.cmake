# Installs programs, libraries, headers, and the files for pkg-config, find_package() and systemd.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tcpstore)

# install_prefixed(<folder> <template>… [OPTIONS <argument of install()>…])
#
# For files that name the prefix. They are made at installation, because `cmake --install --prefix` may
# choose another prefix than the build was configured with. SYSTEMD is the folder that systemd reads.
function(install_prefixed folder)
    cmake_parse_arguments(PARSE_ARGV 1 prefixed "" "" "OPTIONS")
    list(TRANSFORM prefixed_UNPARSED_ARGUMENTS PREPEND ${PROJECT_SOURCE_DIR}/)
    set(settings "set(folder \"${folder}\")\nset(templates \"${prefixed_UNPARSED_ARGUMENTS}\")\n")
    foreach(name PROJECT_VERSION CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
        string(APPEND settings "set(${name} \"${${name}}\")\n")
    endforeach()
    install(CODE "${settings}include(\"${PROJECT_SOURCE_DIR}/cmake/install-prefixed.cmake\")"
            ${prefixed_OPTIONS})
endfunction()

function(install_library target name)
    install(TARGETS ${target} EXPORT ${name}-shared)
    install(TARGETS ${target}_static EXPORT ${name}-static)
    install_prefixed(${CMAKE_INSTALL_LIBDIR}/pkgconfig cmake/${name}.pc.in)
    foreach(kind shared static)
        install(EXPORT ${name}-${kind} NAMESPACE tcpstore:: DESTINATION ${package_folder})
    endforeach()
endfunction()

install_library(tcpstore_client tcpstore-client)
if(TCPSTORE_SERVER)
    install(TARGETS tcpstored tcpstore-cli tcpstore-bench)
    # The Python package: pip puts the programs on PATH. The licences are of what is linked in.
    if(SKBUILD)
        install(TARGETS tcpstored tcpstore-cli tcpstore-bench
                DESTINATION ${SKBUILD_SCRIPTS_DIR} COMPONENT python)
        if(TCPSTORE_LICENSES)
            install(DIRECTORY ${TCPSTORE_LICENSES} DESTINATION tcpstore COMPONENT python)
        endif()
    endif()
    install_library(tcpstore tcpstore)

    # `cmake --install BUILD --component units` always installs them.
    set(options COMPONENT units)
    if(NOT TCPSTORE_UNITS)
        list(APPEND options EXCLUDE_FROM_ALL)
    endif()
    install_prefixed(SYSTEMD packaging/systemd/tcpstored.service.in
                     packaging/systemd/tcpstored.socket OPTIONS ${options})
endif()
install(DIRECTORY include/tcpstore DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(cmake/tcpstore-config.cmake.in tcpstore-config.cmake
                              INSTALL_DESTINATION ${package_folder}
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(tcpstore-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tcpstore-config.cmake
              ${PROJECT_BINARY_DIR}/tcpstore-config-version.cmake
        DESTINATION ${package_folder})
