// 鸡兔同笼: the old puzzle of chickens and rabbits in one cage, in both languages.
#include "scenario.h"

int main(int argc, char** argv) {
  return scenario::Converse(argc, argv,
                            {"鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？",
                             "A cage holds chickens and rabbits. There are 12 heads and 34 legs. How many of each?"});
}
