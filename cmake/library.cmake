# libtcpstore, shared and static, from the same objects. Neither shows the rooms' own names: in
# the static one they are made local to its one object, so that no program's `log_event` or
# `table_find` collides with ours.

set(objects)
foreach(room base wire store engine server)
    list(APPEND objects $<TARGET_OBJECTS:tcpstore_${room}>)
endforeach()

set(merged ${CMAKE_CURRENT_BINARY_DIR}/tcpstore.o)
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
    COMMENT "Merging the rooms into one object")

add_library(tcpstore SHARED ${objects})
add_library(tcpstore_static STATIC ${merged})
set_target_properties(tcpstore_static PROPERTIES LINKER_LANGUAGE C)
set_target_properties(tcpstore PROPERTIES VERSION ${PROJECT_VERSION}
                                          SOVERSION ${PROJECT_VERSION_MAJOR})
set_target_properties(tcpstore_static PROPERTIES OUTPUT_NAME tcpstore)

foreach(library tcpstore tcpstore_static)
    target_include_directories(${library} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                 $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${library} PRIVATE PkgConfig::libuv Threads::Threads)
endforeach()
if(NOT TCPSTORE_SANITIZE)
    target_link_options(tcpstore PRIVATE -Wl,-z,defs)
endif()
