# fibrehub_room(NAME LINKS …): a static library from every .cpp of the calling folder, with the
# shared precompiled header. Test sources of a room live in tests/NAME and mirror it.
add_library(fibrehub_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_precompile_headers(fibrehub_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.hpp)
target_link_libraries(fibrehub_pch PRIVATE fibrehub_flags fmt::fmt)

function(fibrehub_use_pch target)
  target_link_libraries(${target} PRIVATE fmt::fmt)
  target_precompile_headers(${target} REUSE_FROM fibrehub_pch)
endfunction()

function(fibrehub_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(fibrehub_${name} STATIC ${sources})
  target_include_directories(fibrehub_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(fibrehub_${name} PUBLIC fibrehub_flags fmt::fmt tl::expected ${ARGN})
  fibrehub_use_pch(fibrehub_${name})
endfunction()
