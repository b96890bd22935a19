# libtcpstore-client, and libtcpstore, which includes the server; each shared and static, from the same
# objects. All hide the rooms' names: a static library has one object in which they are local, so that
# a program's own `log_event` or `table_find` does not collide with ours.

# Before 1.0 a minor version may change the interface, as the version file of the CMake package says, too.
set(interface ${PROJECT_VERSION_MAJOR})
if(interface EQUAL 0)
    set(interface 0.${PROJECT_VERSION_MINOR})
endif()

# tcpstore_library(<target> <file name> ROOMS <room>… LIBRARIES <outside library>…)
function(tcpstore_library target name)
    cmake_parse_arguments(PARSE_ARGV 2 library "" "" "ROOMS;LIBRARIES")
    list(TRANSFORM library_ROOMS PREPEND room_)
    set(objects)
    foreach(room ${library_ROOMS})
        list(APPEND objects $<TARGET_OBJECTS:${room}>)
    endforeach()

    set(merged ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
    set(merge ${CMAKE_C_COMPILER} -r -nostdlib)
    if(TCPSTORE_LTO)
        list(APPEND merge -O2 -flto=auto -flinker-output=nolto-rel)
    endif()
    add_custom_command(
        OUTPUT ${merged}
        COMMAND ${merge} ${objects} -o ${merged}
        COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${merged}
        DEPENDS ${objects}
        COMMAND_EXPAND_LISTS
        COMMENT "Merging the rooms of ${name} into one object")

    add_library(${target} SHARED ${objects})
    add_library(${target}_static STATIC ${merged})
    add_dependencies(${target}_static ${library_ROOMS}) # for make, which does not see ${objects}
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${interface})
    set_target_properties(${target}_static PROPERTIES LINKER_LANGUAGE C)
    foreach(each ${target} ${target}_static)
        set_target_properties(${each} PROPERTIES OUTPUT_NAME ${name})
        target_include_directories(${each} PUBLIC
                                   $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        target_link_libraries(${each} PRIVATE ${library_LIBRARIES})
    endforeach()
    if(NOT TCPSTORE_SANITIZE)
        target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
endfunction()

set(tls_loaded)
if(TARGET room_tls_loaded)
    set(tls_loaded tls_loaded)
endif()
tcpstore_library(tcpstore_client tcpstore-client
                 ROOMS base wire client ${tls_loaded}
                 LIBRARIES Threads::Threads ${CMAKE_DL_LIBS})
set_target_properties(tcpstore_client PROPERTIES EXPORT_NAME client)
set_target_properties(tcpstore_client_static PROPERTIES EXPORT_NAME client_static)
add_library(tcpstore::client ALIAS tcpstore_client)
if(TCPSTORE_SERVER)
    set(tls tls)
    set(openssl PkgConfig::openssl)
    if(TCPSTORE_LOAD_OPENSSL)
        set(tls tls_loaded)
        set(openssl ${CMAKE_DL_LIBS})
    endif()
    tcpstore_library(tcpstore tcpstore
                     ROOMS base wire store record engine why client page trunk ${tls} server link secure relays processes uplink http observe embed
                     LIBRARIES PkgConfig::libuv PkgConfig::libmicrohttpd PkgConfig::jansson
                               ${openssl}
                               Threads::Threads)
    add_library(tcpstore::tcpstore ALIAS tcpstore)
endif()
