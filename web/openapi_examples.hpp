// The examples of the API's description. A schema has one of its own, or one is kept under its
// name; bodies and answers show that of their schema, answers in their envelope. Each is written
// once, among the components, and referred to from wherever it belongs.
#pragma once

#include <map>
#include <set>
#include <string>

namespace fibrehub::web {

/// JSON texts by name of their schema. `{"$example":"X"}` inside stands for the example of X.
using example_registry = std::map<std::string, std::string>;

class example_book {
 public:
  /// `schemas`: the named ones. Throws std::logic_error when an example refers to none that there
  /// is, or to itself.
  example_book(const std::map<std::string, std::string>& schemas, example_registry examples);

  /// The named schema with its example in `examples`; as it is when there is none.
  std::string schema_with_example(const std::string& name, const std::string& schema) const;

  /// Members for the media type whose schema this is (a name, or JSON text when it begins with
  /// `{`), with the comma before them; empty when there is no example. What refers to a component
  /// is remembered for `components`.
  std::string members_for(const std::string& schema, bool enveloped);

  /// What `members_for` has referred to: name → the Example Object.
  const std::map<std::string, std::string>& components() const { return components_; }

 private:
  const std::string* find(const std::string& name) const;
  std::string resolve(const std::string& text, std::set<std::string>& above) const;

  example_registry examples_;  // resolved
  std::set<std::string> own_;  // schemas with an example in their text
  std::map<std::string, std::string> components_;
};

}  // namespace fibrehub::web
