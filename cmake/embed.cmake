# cmake -DOUTPUT=FILE -DROOT=DIR -DTABLE=NAME "-DFILES=a;b" -P embed.cmake
# Writes a C file with the content of FILES, named by their path below ROOT, as a table NAME_files of
# NAME_count rows (src/codegen/embedded.h).
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  file(RELATIVE_PATH path ${ROOT} ${file})
  file(READ ${file} content HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${content}")
  string(REPEAT "0x..," 16 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "/* ${path} */\nstatic const char file_${count}[] = {\n${bytes}0};\n\n")
  string(APPEND rows "    {\"${path}\", file_${count}, sizeof file_${count} - 1},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "/* Made by cmake/embed.cmake. */\n#include \"codegen/embedded.h\"\n\n${arrays}"
     "const struct vww_embedded_file ${TABLE}_files[] = {\n${rows}};\n"
     "const size_t ${TABLE}_count = ${count};\n")
