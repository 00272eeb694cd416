# Fails when the library FILE, made from src/<FOLDER>, calls what prints, ends the process or reads
# the environment: that is the business of a program. std::terminate is left out: the compiler calls it too,
# where a noexcept function might throw (tests/tree.sh looks for it in the sources).
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${NM} --undefined-only ${FILE} OUTPUT_VARIABLE output RESULT_VARIABLE result
  ERROR_QUIET)
if(NOT result EQUAL 0 OR NOT output MATCHES " U ")
  message(FATAL_ERROR "cannot read the symbols of ${FILE}")
endif()

set(forbidden
  # prints, to a stream of the process or to any other; files are written by write(2)
  "stdout|stderr|_ZSt4cout|_ZSt4cerr|_ZSt4clog|_ZSt5wcout|_ZSt5wcerr|_ZSt5wclog"
  "v?f?printf|v?dprintf|__v?f?printf_chk|__v?dprintf_chk|f?puts|f?putc|putchar|_IO_putc|fwrite|perror|psignal|v?syslog"
  # ends the process
  "exit|_exit|_Exit|quick_exit|abort|__assert_fail|__assert|raise|kill"
  "v?errx?|v?warnx?|error"
  # reads or changes the environment, or starts programs
  "getenv|secure_getenv|__environ|environ|setenv|putenv|unsetenv|clearenv|system|popen")
list(JOIN forbidden "|" forbidden)

# FOLDER:SYMBOL that may be there, each with its reason. None is needed, not for a third party either.
set(allowed "")

string(REGEX MATCHALL "[^\n]+" lines "${output}")
set(found "")
foreach(line IN LISTS lines)
  if(line MATCHES "^ +U (${forbidden})(@.*)?$")
    set(symbol ${CMAKE_MATCH_1})
    if(NOT "${FOLDER}:${symbol}" IN_LIST allowed)
      list(APPEND found ${symbol})
    endif()
  endif()
endforeach()
if(found)
  list(REMOVE_DUPLICATES found)
  list(JOIN found ", " found)
  message(FATAL_ERROR "src/${FOLDER} calls ${found}: a library does not print, end the process or "
    "read the environment")
endif()
