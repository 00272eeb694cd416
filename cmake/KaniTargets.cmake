# One library per folder of src/, one test program per folder, all with the same flags. Links between
# libraries are PRIVATE, so a folder that includes what docs/architecture.md forbids does not link.

add_library(kani_flags INTERFACE)
# Every include names its folder: base/error.h of src, apps/..., train/..., tests/... of the others.
target_include_directories(kani_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_compile_options(kani_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers
  # GCC 12 sees overlaps in std::string's own code that cannot happen (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # Every fused multiply-add is written out: results must not depend on what a compiler contracts.
  -ffp-contract=off
  # Same object whatever folder the checkout lies in, so that ccache hits.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)

# kani_library(<folder> SOURCES <files...> LINKS <targets...>): the target kani_<folder>.
function(kani_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(kani_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(kani_${folder} PRIVATE kani_flags ${ARG_LINKS})
endfunction()

# kani_test(<folder> <targets...>): kani_<folder>_test from every *_test.cc of the folder.
function(kani_test folder)
  if(NOT KANI_TESTS)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc
                                      ${CMAKE_CURRENT_SOURCE_DIR}/*/*_test.cc)
  add_executable(kani_${folder}_test ${sources})
  target_link_libraries(kani_${folder}_test PRIVATE kani_flags ${ARGN} GTest::gtest_main)
  target_compile_definitions(kani_${folder}_test PRIVATE
    KANI_TEST_DATA="${PROJECT_SOURCE_DIR}/tests" KANI_MODELS="${PROJECT_SOURCE_DIR}/models")
  add_test(NAME ${folder} COMMAND kani_${folder}_test)
endfunction()
