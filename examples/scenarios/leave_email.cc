// 请假邮件: office mail that keeps to what was said.
#include "scenario.h"

int main(int argc, char** argv) {
  return scenario::Converse(argc, argv, {"帮我写一封请假邮件，我叫李明，因为感冒发烧，需要请假3天。"});
}
