# tcpstore_room(<name> [<outside library>…])
#
# A room is a folder of src/ and one object library. tests/rooms checks which rooms it may use, since
# linking cannot distinguish a pure room from another.
function(tcpstore_room name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
    add_library(room_${name} OBJECT ${sources})
    target_include_directories(room_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src
                                                       ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(room_${name} PRIVATE ${ARGN})
endfunction()
