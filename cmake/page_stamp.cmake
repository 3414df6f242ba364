# cmake -DFOLDER=DIR "-DNAMES=a;b" -P page_stamp.cmake: prints one hash over the names and contents of these files.
set(all "")
foreach(name IN LISTS NAMES)
  file(SHA256 ${FOLDER}/${name} hash)
  string(APPEND all "${name} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
execute_process(COMMAND ${CMAKE_COMMAND} -E echo ${hash})
