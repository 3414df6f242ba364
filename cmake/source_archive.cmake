# cmake -DSOURCE=TOP -DDIST=DIR -DNAME=reckon-X.Y.Z -DWORK=DIR -P source_archive.cmake
# Writes WORK/NAME.tar.gz: the sources of the last commit, and the chat page ready made, so that a build needs no Node.js.
find_program(GIT git REQUIRED)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
execute_process(COMMAND ${GIT} -C ${SOURCE} -c safe.directory=${SOURCE} archive --prefix=${NAME}/ -o ${WORK}/sources.tar HEAD
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar xf sources.tar WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
file(COPY ${DIST} DESTINATION ${WORK}/${NAME}/examples/server/page)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar czf ${NAME}.tar.gz ${NAME} WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
message(STATUS "${WORK}/${NAME}.tar.gz")
