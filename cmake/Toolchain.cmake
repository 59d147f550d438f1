# Language level, warnings, sanitizers, hardening and the compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers need this sloppiness, else nothing is ever a hit.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options(-fpch-preprocess)
endif()

# Compiles in half the time of -O3, and is not slower here: the work is in the libraries.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

option(FIBREHUB_SANITIZE "Address and undefined-behaviour sanitizers" OFF)

add_library(fibrehub_flags INTERFACE)
target_compile_options(fibrehub_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wformat=2 -Werror
  # False alarms of GCC 12 inside std::string (its bugs 105329, 105651).
  -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
  # False alarms of GCC 13 and later.
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>>:-Wno-dangling-reference;-Wno-maybe-uninitialized>"
  -fno-omit-frame-pointer -fstack-protector-strong)
target_compile_definitions(fibrehub_flags INTERFACE
  CAF_ENABLE_TYPE_ID_CHECKS FIBREHUB_VERSION="${PROJECT_VERSION}")
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(fibrehub_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(FIBREHUB_SANITIZE)
  target_compile_options(fibrehub_flags INTERFACE -fsanitize=address,undefined)
  target_link_options(fibrehub_flags INTERFACE -fsanitize=address,undefined)
endif()
target_link_options(fibrehub_flags INTERFACE -Wl,-z,relro,-z,now)
# No POSITION_INDEPENDENT_CODE here: it gives libraries -fPIC and programs -fPIE, and the shared
# precompiled header fits only one of them. The compiler makes everything position independent anyway.
