# fibrehub_npm_packages(STAMP FILES…): has npm fetch what the calling folder's package-lock.json
# pins, into npm/ of its build folder, and copies FILES beside it. What needs them depends on
# ${STAMP}. No install script of a package is run. Where the registry cannot be reached the build
# goes on, and a file `unavailable` lies beside them.
find_program(FIBREHUB_NPM npm REQUIRED)
find_program(FIBREHUB_NODE NAMES node nodejs REQUIRED)

function(fibrehub_npm_packages stamp)
  set(there ${CMAKE_CURRENT_BINARY_DIR}/npm)
  set(fetched ${there}/node_modules/.package-lock.json)
  set(pinned ${CMAKE_CURRENT_SOURCE_DIR}/package.json ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json)
  file(MAKE_DIRECTORY ${there})
  # What could not be fetched last time is tried again.
  if(EXISTS ${there}/unavailable)
    file(REMOVE ${fetched})
  endif()
  add_custom_command(OUTPUT ${fetched}
    COMMAND ${CMAKE_COMMAND} -E copy ${pinned} ${there}
    COMMAND ${CMAKE_SOURCE_DIR}/cmake/npm_ci.sh ${FIBREHUB_NPM} ${there}
    WORKING_DIRECTORY ${there} DEPENDS ${pinned} ${CMAKE_SOURCE_DIR}/cmake/npm_ci.sh VERBATIM
    COMMENT "Fetching npm packages (${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json)")
  set(outputs ${fetched})
  foreach(file ${ARGN})
    add_custom_command(OUTPUT ${there}/${file}
      COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${there}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} VERBATIM)
    list(APPEND outputs ${there}/${file})
  endforeach()
  set(${stamp} ${outputs} PARENT_SCOPE)
endfunction()
