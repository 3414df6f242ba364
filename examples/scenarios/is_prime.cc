// A small function.
#include "scenario.h"

int main(int argc, char** argv) {
  return scenario::Converse(argc, argv, {"Write a Python function is_prime to check whether a number is prime."});
}
