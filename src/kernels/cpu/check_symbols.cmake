# Fails unless OBJECT defines exactly one symbol that the linker can see, a table of kernels.
execute_process(COMMAND ${NM} --defined-only --demangle ${OBJECT}
  OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "cannot read the symbols of ${OBJECT}")
endif()
# Lower-case types are local; weak ones (w, v, u) are not, whatever their case.
string(REGEX MATCHALL "[^\n]+ [A-Zwvu] [^\n]+" visible "${symbols}")
# What sanitizers add: a mark of the table, and what unwinds through their checks.
list(FILTER visible EXCLUDE REGEX " (__odr_asan\\.|DW\\.ref\\.__gxx_personality)")
list(LENGTH visible count)
if(NOT count EQUAL 1 OR NOT visible MATCHES "kani::kernels::k[A-Za-z0-9]+Table$")
  list(JOIN visible "\n  " lines)
  message(FATAL_ERROR "${OBJECT}: expected one table of kernels, found ${count} symbols:\n  ${lines}")
endif()
