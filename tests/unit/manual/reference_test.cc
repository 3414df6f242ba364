#include "manual/reference.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon_manual {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The options of the only group of a program.
std::vector<OptionReference> Options(const CLI::App& app) {
  const ProgramReference program = ReadProgram(app);
  EXPECT_EQ(program.program.groups.size(), 1U);
  return program.program.groups.empty() ? std::vector<OptionReference>() : program.program.groups.front().options;
}

TEST(ReferenceTest, OfAFlagAndItsOpposite) {
  CLI::App app;
  app.set_help_flag();
  bool fold = true;
  app.add_flag("--fold,!--no-fold", fold, "Folds.");
  const std::vector<OptionReference> options = Options(app);
  ASSERT_EQ(options.size(), 2U);
  EXPECT_THAT(options[0].names, ElementsAre("--fold"));
  EXPECT_EQ(options[0].kind, ValueKind::kNone);
  EXPECT_THAT(options[1].names, ElementsAre("--no-fold"));
  EXPECT_THAT(options[1].description, HasSubstr("--fold"));
}

TEST(ReferenceTest, OfAFlagThatOnlyTakesAway) {
  CLI::App app;
  app.set_help_flag();
  bool page = true;
  app.add_flag("!--no-page", page, "Serves no page.");
  const std::vector<OptionReference> options = Options(app);
  ASSERT_EQ(options.size(), 1U);
  EXPECT_THAT(options[0].names, ElementsAre("--no-page"));
  EXPECT_EQ(options[0].description, "Serves no page.");
}

TEST(ReferenceTest, OfAPositionalArgument) {
  CLI::App app;
  app.set_help_flag();
  std::string model;
  app.add_option("MODEL", model, "What to talk with.")->required();
  const ProgramReference program = ReadProgram(app);
  EXPECT_THAT(program.program.groups, IsEmpty());
  ASSERT_EQ(program.program.positionals.size(), 1U);
  EXPECT_THAT(program.program.positionals[0].names, IsEmpty());
  EXPECT_EQ(program.program.positionals[0].value, "MODEL");
  EXPECT_TRUE(program.program.positionals[0].required);
}

}  // namespace
}  // namespace reckon_manual
