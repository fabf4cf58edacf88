# The counting plugin that QEMU loads. It becomes part of the library, which writes it into a folder
# of its own for each run; the emulator provides the functions that are undefined here.
add_library(vww_count MODULE ${CMAKE_SOURCE_DIR}/src/machine/plugin/count.c
                             ${CMAKE_SOURCE_DIR}/src/machine/thumb.c)
set_target_properties(vww_count PROPERTIES PREFIX "" OUTPUT_NAME vww-count SUFFIX ".so"
                      C_VISIBILITY_PRESET hidden LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_include_directories(vww_count PRIVATE include src)
# Its host is no program with sanitizers.
target_compile_options(vww_count PRIVATE -fno-sanitize=all)
target_link_options(vww_count PRIVATE -fno-sanitize=all -s)
add_dependencies(vww_count include_order)

set(VWW_PLUGIN_C ${CMAKE_BINARY_DIR}/embedded_plugin.c)
add_custom_command(
  OUTPUT ${VWW_PLUGIN_C}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${VWW_PLUGIN_C} -DROOT=${CMAKE_BINARY_DIR}
          -DTABLE=vww_plugin -DFILES=$<TARGET_FILE:vww_count>
          -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS vww_count ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  COMMENT "Embedding the counting plugin"
  VERBATIM)
target_sources(vww PRIVATE ${VWW_PLUGIN_C})

# The harness's parser, which is the firmware's, is tested on this computer too.
target_sources(vww PRIVATE ${CMAKE_SOURCE_DIR}/firmware/harness.c)
