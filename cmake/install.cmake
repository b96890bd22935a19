# Programs, both libraries, headers, and what pkg-config and find_package() read.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tcpstore)

install(TARGETS tcpstored tcpstore-bench)
install(TARGETS tcpstore EXPORT tcpstore-shared)
install(TARGETS tcpstore_static EXPORT tcpstore-static)
install(DIRECTORY include/tcpstore DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_file(cmake/tcpstore.pc.in tcpstore.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tcpstore.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(kind shared static)
    install(EXPORT tcpstore-${kind} NAMESPACE tcpstore:: DESTINATION ${package_folder})
endforeach()
configure_package_config_file(cmake/tcpstore-config.cmake.in tcpstore-config.cmake
                              INSTALL_DESTINATION ${package_folder}
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(tcpstore-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tcpstore-config.cmake
              ${PROJECT_BINARY_DIR}/tcpstore-config-version.cmake
        DESTINATION ${package_folder})
