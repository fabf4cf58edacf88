# The runtime's and the firmware's sources become part of the library, for packages and emulated
# machines.
file(GLOB_RECURSE VWW_EMBEDDED_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/*.[ch]
     ${CMAKE_SOURCE_DIR}/firmware/*.[ch] ${CMAKE_SOURCE_DIR}/firmware/*.ld)
list(SORT VWW_EMBEDDED_SOURCES)
set(VWW_EMBEDDED_C ${CMAKE_BINARY_DIR}/embedded_sources.c)
add_custom_command(
  OUTPUT ${VWW_EMBEDDED_C}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${VWW_EMBEDDED_C} -DROOT=${CMAKE_SOURCE_DIR}
          -DTABLE=vww_embedded
          "-DFILES=${VWW_EMBEDDED_SOURCES}" -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS ${VWW_EMBEDDED_SOURCES} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  COMMENT "Embedding the runtime's and the firmware's sources"
  VERBATIM)
target_sources(vww PRIVATE ${VWW_EMBEDDED_C})
