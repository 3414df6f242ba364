// A dialogue of ten turns: what was said stays known, and each turn reads its own words alone.
#include "scenario.h"

int main(int argc, char** argv) {
  return scenario::Converse(argc, argv,
                            {"Hello!", "What is 12 + 30?", "Is 91 prime?", "9.11和9.8哪个大？", "计算618-279",
                             "鸡兔同笼，头共8个，脚共26只，问鸡兔各几只？", "What is 45 - 21?", "Solve 4x - 9 = 51",
                             "Is 17 a prime number?", "Thanks!"});
}
