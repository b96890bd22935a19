# Programs, libraries, headers, and what pkg-config and find_package() read.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tcpstore)

function(install_library target name)
    install(TARGETS ${target} EXPORT ${name}-shared)
    install(TARGETS ${target}_static EXPORT ${name}-static)
    configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    foreach(kind shared static)
        install(EXPORT ${name}-${kind} NAMESPACE tcpstore:: DESTINATION ${package_folder})
    endforeach()
endfunction()

install_library(tcpstore_client tcpstore-client)
if(TCPSTORE_SERVER)
    install(TARGETS tcpstored tcpstore-cli tcpstore-bench)
    install_library(tcpstore tcpstore)
endif()
if(TCPSTORE_SERVER AND TCPSTORE_UNITS)
    # Not in CMAKE_INSTALL_LIBDIR: systemd reads lib alone, of /usr and of /usr/local.
    configure_file(packaging/systemd/tcpstored.service.in tcpstored.service @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/tcpstored.service packaging/systemd/tcpstored.socket
            DESTINATION lib/systemd/system)
endif()
install(DIRECTORY include/tcpstore DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(cmake/tcpstore-config.cmake.in tcpstore-config.cmake
                              INSTALL_DESTINATION ${package_folder}
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(tcpstore-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tcpstore-config.cmake
              ${PROJECT_BINARY_DIR}/tcpstore-config-version.cmake
        DESTINATION ${package_folder})
