# Kernel benchmarks: see docs/kernels.md.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_executable(kernels_bench ${CMAKE_CURRENT_LIST_DIR}/kernels_bench.cc ${CMAKE_CURRENT_LIST_DIR}/kernels_peaks.cc)
  target_link_libraries(kernels_bench PRIVATE reckon_kernels reckon_flags benchmark::benchmark)
  target_include_directories(kernels_bench PRIVATE ${PROJECT_SOURCE_DIR})
endif()
