# Run by `cmake --install`: fills in `templates`, which name the prefix, and installs them in `folder`.

foreach(kind BINDIR LIBDIR INCLUDEDIR)
    get_filename_component(CMAKE_INSTALL_FULL_${kind} "${CMAKE_INSTALL_${kind}}" ABSOLUTE
                           BASE_DIR "${CMAKE_INSTALL_PREFIX}")
endforeach()

# systemd reads two folders for installed units: /usr's is for distributions, /usr/local's for all
# others, whatever their prefix.
if(folder STREQUAL "SYSTEMD" AND CMAKE_INSTALL_PREFIX MATCHES "^/usr/*$")
    set(folder /usr/lib/systemd/system)
elseif(folder STREQUAL "SYSTEMD")
    set(folder /usr/local/lib/systemd/system)
endif()
get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${CMAKE_INSTALL_PREFIX}")

foreach(template ${templates})
    get_filename_component(name "${template}" NAME)
    string(REGEX REPLACE "\\.in$" "" name "${name}")
    message(STATUS "Installing: $ENV{DESTDIR}${folder}/${name}")
    configure_file("${template}" "$ENV{DESTDIR}${folder}/${name}" @ONLY
                   FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${folder}/${name}")
endforeach()
