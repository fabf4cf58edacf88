# src/dataset/example.proto becomes C in the build folder; src/dataset/example.c includes it.
find_program(PROTOC_C protoc-c REQUIRED)
set(VWW_PROTO_DIR ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${VWW_PROTO_DIR})
add_custom_command(
  OUTPUT ${VWW_PROTO_DIR}/example.pb-c.c ${VWW_PROTO_DIR}/example.pb-c.h
  COMMAND ${PROTOC_C} --c_out=${VWW_PROTO_DIR} --proto_path=${CMAKE_SOURCE_DIR}/src/dataset
          example.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/src/dataset/example.proto
  VERBATIM)
target_sources(vww PRIVATE ${VWW_PROTO_DIR}/example.pb-c.c ${VWW_PROTO_DIR}/example.pb-c.h)
target_include_directories(vww SYSTEM PRIVATE ${VWW_PROTO_DIR})
set_source_files_properties(${VWW_PROTO_DIR}/example.pb-c.c PROPERTIES COMPILE_OPTIONS "-w")

# vww dataset fetch: src/dataset/fetch_transfer.c and unzip.c.
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
target_link_libraries(vww PUBLIC PkgConfig::CURL PkgConfig::ARCHIVE)
