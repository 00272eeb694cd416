# LibTorch of an installed torch wheel, without importing it; a CUDA compiler is optional.
set(LibTorch_ROOT_DIR "" CACHE PATH "folder with include/ and lib/ of torch (empty: ask Python)")
set(_root "${LibTorch_ROOT_DIR}")
if(NOT _root)
  find_package(Python3 COMPONENTS Interpreter QUIET)
  execute_process(COMMAND ${Python3_EXECUTABLE} -c
    "import importlib.util as u; s=u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE _root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
find_path(LibTorch_INCLUDE ATen/ATen.h PATHS "${_root}/include" NO_DEFAULT_PATH)
find_library(LibTorch_CPU torch_cpu PATHS "${_root}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_C10 c10 PATHS "${_root}/lib" NO_DEFAULT_PATH)
if(LibTorch_INCLUDE)
  file(STRINGS "${LibTorch_INCLUDE}/torch/headeronly/version.h" _v REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" _v "${_v}")
  string(REPLACE ";" "." LibTorch_VERSION "${_v}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_CPU LibTorch_C10 LibTorch_INCLUDE VERSION_VAR LibTorch_VERSION)
if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  get_filename_component(_lib "${LibTorch_CPU}" DIRECTORY)
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES IMPORTED_LOCATION "${LibTorch_CPU}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE};${LibTorch_INCLUDE}/torch/csrc/api/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20 INTERFACE_LINK_LIBRARIES "${LibTorch_C10}"
    INTERFACE_COMPILE_DEFINITIONS "USE_DISTRIBUTED;USE_C10D_GLOO")
  set(LibTorch_CUDA OFF)
  include(CheckLanguage)
  check_language(CUDA)  # CMAKE_CUDA_COMPILER, CUDACXX or PATH
  if(CMAKE_CUDA_COMPILER AND EXISTS "${_lib}/libtorch_cuda.so")
    enable_language(CUDA)
    get_filename_component(_cu "${CMAKE_CUDA_COMPILER}" REALPATH)
    get_filename_component(_cu "${_cu}/../.." ABSOLUTE)
    file(GLOB _rt "${_cu}/lib64/libcudart.so*" "${_cu}/lib/libcudart.so*" "${_lib}/../../nvidia/cu13/lib/libcudart.so*")
    if(_rt)
      list(GET _rt 0 _rt)
      set(LibTorch_CUDA ON)
      add_library(LibTorch::cuda INTERFACE IMPORTED)
      set_target_properties(LibTorch::cuda PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES};${_cu}/include"
        INTERFACE_LINK_LIBRARIES "LibTorch::cpu;${_rt};-Wl,--no-as-needed,${_lib}/libtorch_cuda.so,${_lib}/libc10_cuda.so,--as-needed")
    endif()
  endif()
  message(STATUS "LibTorch ${LibTorch_VERSION} in ${_lib}, CUDA: ${LibTorch_CUDA}")
endif()
