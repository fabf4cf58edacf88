# The commit that a run was trained with stands in its config.json.
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                OUTPUT_VARIABLE VWW_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT VWW_COMMIT)
  set(VWW_COMMIT unknown)
endif()
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/train/record.c
                            PROPERTIES COMPILE_DEFINITIONS "VWW_COMMIT=\"${VWW_COMMIT}\"")

# The training kernels: one source, compiled once for each instruction set; src/train/isa.c chooses at
# run time. In the library itself it is the portable table. Products and sums are contracted to fused
# multiply-adds here and nowhere else in the project.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/train/kernels.c
                            PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=fast")

function(vww_train_kernels name lanes rows)
  add_library(vww_kernels_${name} OBJECT ${CMAKE_SOURCE_DIR}/src/train/kernels.c)
  target_include_directories(vww_kernels_${name} PRIVATE ${CMAKE_SOURCE_DIR}/include
                                                         ${CMAKE_SOURCE_DIR}/src)
  target_compile_definitions(vww_kernels_${name} PRIVATE
    VWW_KERNELS_TABLE=vww_kernels_${name} "VWW_KERNELS_NAME=\"${name}\""
    VWW_KERNELS_LANES=${lanes} VWW_KERNELS_ROWS=${rows})
  target_compile_options(vww_kernels_${name} PRIVATE ${ARGN})
  add_dependencies(vww_kernels_${name} include_order)
  target_sources(vww PRIVATE $<TARGET_OBJECTS:vww_kernels_${name}>)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  vww_train_kernels(avx2 8 6 -march=x86-64-v3)
  vww_train_kernels(avx512 16 12 -march=x86-64-v4 -mprefer-vector-width=512)
endif()
