# The index of runs: src/report/index.c.
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
target_link_libraries(vww PUBLIC PkgConfig::SQLITE)
