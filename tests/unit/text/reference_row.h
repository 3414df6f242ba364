// One line of a reference file: a JSON object.
#ifndef RECKON_TESTS_UNIT_TEXT_REFERENCE_ROW_H_
#define RECKON_TESTS_UNIT_TEXT_REFERENCE_ROW_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "checkpoint/json.h"
#include "reckon/types.h"
#include "simdjson.h"

namespace reckon {

// Members that are not there, or of another type, are test failures.
class Row {
 public:
  explicit Row(absl::string_view line) {
    absl::StatusOr<JsonDocument> document = JsonDocument::Parse(line, "reference", 64);
    EXPECT_TRUE(document.ok()) << document.status();
    if (!document.ok()) return;
    document_ = std::make_shared<const JsonDocument>(*std::move(document));
    root_ = document_->root();
  }

  bool Has(std::string_view key) const { return root_[key].error() == simdjson::SUCCESS; }
  std::string Text(std::string_view key) const { return TextOf(At(key)); }
  bool Flag(std::string_view key) const {
    bool value = false;
    EXPECT_EQ(At(key).get_bool().get(value), simdjson::SUCCESS) << key;
    return value;
  }
  std::vector<TokenId> Ids(std::string_view key) const { return IdsOf(At(key)); }
  std::vector<simdjson::dom::element> Items(std::string_view key) const { return ItemsOf(At(key)); }

  // A list of objects.
  std::vector<Row> Rows(std::string_view key) const {
    std::vector<Row> rows;
    for (const simdjson::dom::element item : Items(key)) rows.push_back(Row(document_, item));
    return rows;
  }

  static std::string TextOf(simdjson::dom::element value) {
    std::string_view text;
    EXPECT_EQ(value.get_string().get(text), simdjson::SUCCESS);
    return std::string(text);
  }
  static std::vector<simdjson::dom::element> ItemsOf(simdjson::dom::element value) {
    simdjson::dom::array array;
    EXPECT_EQ(value.get_array().get(array), simdjson::SUCCESS);
    return std::vector<simdjson::dom::element>(array.begin(), array.end());
  }
  static std::vector<TokenId> IdsOf(simdjson::dom::element value) {
    std::vector<TokenId> ids;
    for (const simdjson::dom::element item : ItemsOf(value)) {
      int64_t id = -1;
      EXPECT_EQ(item.get_int64().get(id), simdjson::SUCCESS);
      ids.push_back(static_cast<TokenId>(id));
    }
    return ids;
  }

 private:
  Row(std::shared_ptr<const JsonDocument> document, simdjson::dom::element root)
      : document_(std::move(document)), root_(root) {}

  simdjson::dom::element At(std::string_view key) const {
    simdjson::dom::element value;
    EXPECT_EQ(root_[key].get(value), simdjson::SUCCESS) << key;
    return value;
  }

  std::shared_ptr<const JsonDocument> document_;
  simdjson::dom::element root_;
};

}  // namespace reckon

#endif  // RECKON_TESTS_UNIT_TEXT_REFERENCE_ROW_H_
